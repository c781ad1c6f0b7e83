import { z } from 'zod'
import { action } from '../../kit/define.ts'
import { path } from '../../kit/path.ts'
import { get } from '../../kit/request.ts'
import { say } from '../../kit/say.ts'

const sums = z.array(z.object({ amount: z.number(), currency: z.string() }))

export const balanceActions = {
  get_balance: action({
    title: 'Read the balance',
    effect: 'read',
    params: {},
    summary: () => say`Read the balance of the account`,
    request: () => get(path`/v1/balance`),
    result: { available: sums, pending: sums, livemode: z.boolean() },
    example: {
      params: {},
      answers: [{ available: [{ amount: 666670, currency: 'eur' }], pending: [], livemode: false }],
    },
  }),
}
