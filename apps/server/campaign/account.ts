import type { Action } from '@permission-slip/protocol/action.ts'
import { isEnd } from '@permission-slip/protocol/states.ts'
import type { House } from './house.ts'
import { pause, type Wanted } from './load.ts'
import type { Truth } from './truth.ts'

/** Kinds whose unknown outcome finds itself out; of the others a person does. */
const askable = [
  'notebook.write',
  'notebook.read',
  'webhook.send',
  'depot.keyed',
  'depot.keyed_steps',
  'depot.probed',
  'depot.look',
]

async function allActions(house: House): Promise<Action[]> {
  const all: Action[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await house.owner.actions.list(cursor === undefined ? {} : { cursor })
    all.push(...page.items)
    if (page.next_cursor === null) return all
    cursor = page.next_cursor
  }
}
const kindOf = (a: Action) => `${a.connector}.${a.action}`
/** What the services call the deed of an action: its ref, or the action's id as the webhook's key. */
const deedOf = (a: Action, ref: string): string =>
  kindOf(a) === 'webhook.send' ? a.id : kindOf(a) === 'depot.keyed_steps' ? `${ref}-second` : ref

/** Waits for the end of everything; what stays unknown is settled by what the service says, as a person would. */
export async function settleAll(
  house: House,
  wanted: readonly Wanted[],
  truth: Truth,
  seconds: number,
): Promise<{ settled: number; late: string[] }> {
  const refs = new Map(wanted.map((one) => [one.id, one.ref]))
  let settled = 0
  for (let left = seconds * 2; ; left--) {
    const open = (await allActions(house)).filter((a) => !isEnd(a.status))
    if (open.length === 0) return { settled, late: [] }
    if (left === 0) return { settled, late: open.map((a) => `${a.id} ${kindOf(a)} is ${a.status}`) }
    const byHand = open.filter((a) => a.status === 'unknown' && !askable.includes(kindOf(a)))
    if (byHand.length > 0) {
      const times = await truth.times()
      for (const a of byHand) {
        await house.owner.actions.settle(a.id, {
          happened: (times.get(deedOf(a, refs.get(a.id) ?? '')) ?? 0) > 0,
          note: 'looked at the service',
        })
        settled++
      }
    }
    await pause(500)
  }
}

export interface Account {
  actions: number
  by_status: Record<string, number>
  /** Empty if all is well; otherwise what is wrong, one sentence each. */
  wrong: string[]
}

/** Nothing lost, nothing twice, nothing said to have happened that did not, and the other way round. */
export async function account(house: House, wanted: readonly Wanted[], truth: Truth): Promise<Account> {
  const actions = await allActions(house)
  const byId = new Map(actions.map((a) => [a.id as string, a]))
  const wrong: string[] = []
  const by_status: Record<string, number> = {}
  for (const a of actions) by_status[a.status] = (by_status[a.status] ?? 0) + 1
  for (const { id, kind } of wanted) if (!byId.has(id)) wrong.push(`lost: ${kind} ${id} was answered and is not there`)
  if (actions.length !== wanted.length) wrong.push(`${wanted.length} were asked for, ${actions.length} are there`)
  const times = await truth.times()
  const claimed = new Set<string>()
  let written = 0
  for (const { id, ref } of wanted) {
    const a = byId.get(id)
    if (!a) continue
    if (!isEnd(a.status)) wrong.push(`no end: ${id} ${kindOf(a)} is ${a.status}`)
    if (kindOf(a) === 'notebook.write') written += Number(a.status === 'succeeded')
    if (a.connector === 'notebook' || a.effect === 'read') continue
    const deed = deedOf(a, ref)
    const n = times.get(deed) ?? 0
    claimed.add(deed).add(ref).add(`${ref}-first`)
    if (n > 1) wrong.push(`twice: ${id} ${kindOf(a)} happened ${n} times`)
    if (a.status === 'succeeded' && n === 0) wrong.push(`${id} ${kindOf(a)} succeeded and never happened`)
    if (a.status !== 'succeeded' && !a.partial && n > 0) wrong.push(`${id} ${kindOf(a)} is ${a.status} and happened`)
  }
  for (const [deed, n] of times) {
    if (!claimed.has(deed)) wrong.push(`${deed} happened, and nobody asked for it`)
    if (n > 1 && deed.endsWith('-first')) wrong.push(`twice: the first step ${deed} happened ${n} times`)
  }
  const versions = await notebookVersions(house)
  if (versions !== written) wrong.push(`${written} notebook writes succeeded, the pages have ${versions} versions`)
  return { actions: actions.length, by_status, wrong }
}

/** The last word on the notebook is its own: one more read, by a fresh agent, approved by the owner. */
async function notebookVersions(house: House): Promise<number> {
  const { client } = await house.agent()
  const { id } = await client.actions.submit({ connector: 'notebook', action: 'list' })
  const { digest, status } = await client.actions.get(id)
  if (status === 'pending') await house.owner.approvals.approve(id, { digest })
  const { result } = await client.actions.get(id, { wait: 30 })
  const { pages } = result as { pages: { version: number }[] }
  return pages.reduce((sum, page) => sum + page.version, 0)
}
