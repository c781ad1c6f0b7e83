import { z } from 'zod'
import { call } from '../../kit/answer.ts'
import { ServiceFault } from '../../kit/faults.ts'
import type { HttpRequest, WireAnswer } from '../../kit/types.ts'

// https://docs.stripe.com/currencies: Stripe's own count of digits, which for some differs from ISO 4217 (ISK, UGX).
const noDigits = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' '))
const threeDigits = new Set('bhd jod kwd omr tnd'.split(' '))

export const currency = z.string().regex(/^[a-z]{3}$/, 'expected a currency in lower case, such as eur')

/** An amount in the smallest unit as people write it: `12.50 EUR`. */
export function written(amount: number, currency: string): string {
  const digits = noDigits.has(currency) ? 0 : threeDigits.has(currency) ? 3 : 2
  const whole = String(Math.abs(amount)).padStart(digits + 1, '0')
  const text = digits === 0 ? whole : `${whole.slice(0, -digits)}.${whole.slice(-digits)}`
  return `${amount < 0 ? '-' : ''}${text} ${currency.toUpperCase()}`
}

export const minor = (value: number, currency: string) => [{ value, currency, unit: 'minor' as const }]

type Steps = Generator<HttpRequest, void, WireAnswer>

/*
 * Stripe puts no condition on a change. So what is about to be moved is read first, and the action ends there if it is
 * not the money that was approved.
 */

/** The amount that `at` says, in this currency. */
export function* sameAmount<K extends string>(request: HttpRequest, at: K, amount: number, currency: string): Steps {
  const now: Readonly<Record<string, unknown>> = yield* call(
    request,
    z.object({ currency: z.string(), [at]: z.number().nullable() }),
  )
  const is = now[at]
  const unit = String(now['currency'])
  if (unit === currency && is === amount) return
  throw differs(
    typeof is === 'number' ? written(is, unit) : `an open amount in ${unit.toUpperCase()}`,
    written(amount, currency),
  )
}

/** A payment in this currency. */
export function* sameCurrency(request: HttpRequest, currency: string): Steps {
  const now = yield* call(request, { currency: z.string() })
  if (now.currency !== currency) throw differs(`in ${now.currency.toUpperCase()}`, `in ${currency.toUpperCase()}`)
}

const differs = (is: string, approved: string): ServiceFault =>
  new ServiceFault('service_refused', `It is ${is}, not ${approved}, so nothing was changed.`)
