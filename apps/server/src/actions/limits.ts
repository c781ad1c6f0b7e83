import type { Limits } from '@permission-slip/protocol/agent.ts'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import type { Tx } from '../db/writer-types.ts'

/** Limits of an agent, counted in the transaction that records the action, so that nothing slips between. */
export async function withinLimits(
  tx: Tx,
  agent: { id: string; limits: Limits; stored: number },
  bytes: number,
): Promise<void> {
  const { limits } = agent
  const recent = await tx.db
    .selectFrom('actions')
    .select('created_at')
    .where('agent', '=', agent.id)
    .orderBy('id', 'desc')
    .offset(limits.submissions_per_second - 1)
    .limit(1)
    .executeTakeFirst()
  if (recent && recent.created_at > tx.now - 1000)
    throw new Refusal('rate_limited', `At most ${limits.submissions_per_second} submissions a second.`, {
      more: { limit: 'submissions_per_second' },
    })
  const pending = await tx.db
    .selectFrom('actions')
    .select('id')
    .where('agent', '=', agent.id)
    .where('status', '=', 'pending')
    .offset(limits.pending - 1)
    .limit(1)
    .executeTakeFirst()
  if (pending)
    throw new Refusal('too_many_pending', `At most ${limits.pending} actions of an agent wait for a decision.`, {
      more: { limit: 'pending' },
    })
  if (agent.stored + bytes > limits.stored_bytes)
    throw new Refusal('storage_limit', `This agent has stored ${agent.stored} of ${limits.stored_bytes} bytes.`, {
      more: { limit: 'stored_bytes' },
    })
  await tx.db
    .updateTable('agents')
    .set({ stored: agent.stored + bytes })
    .where('id', '=', agent.id)
    .execute()
}
