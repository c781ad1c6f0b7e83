import { bearer } from '../kit/auth.ts'
import { defineConnector } from '../kit/define.ts'
import { check, fault } from './stripe/account.ts'
import { balanceActions } from './stripe/balance.ts'
import { customerActions } from './stripe/customers.ts'
import { invoiceActions } from './stripe/invoices.ts'
import { linkActions } from './stripe/links.ts'
import { paymentActions } from './stripe/payments.ts'
import { subscriptionActions } from './stripe/subscriptions.ts'

export const stripe = defineConnector({
  id: 'stripe',
  name: 'Stripe',
  description:
    'Customers, payments, refunds, invoices, subscriptions and payment links. Amounts are in the smallest unit.',
  docs: 'https://docs.stripe.com/api',
  origins: { api: 'https://api.stripe.com' },
  // Fixed, so that an account's own default never changes what a request means.
  headers: { 'Stripe-Version': '2023-08-16' },
  auth: [bearer('Secret or restricted key', 'https://dashboard.stripe.com/apikeys')],
  fault,
  check,
  actions: {
    ...balanceActions,
    ...customerActions,
    ...paymentActions,
    ...invoiceActions,
    ...subscriptionActions,
    ...linkActions,
  },
})
