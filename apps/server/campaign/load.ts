import { newIdempotencyKey } from '@permission-slip/client/actions.ts'
import type { AgentClient } from '@permission-slip/client/client.ts'
import { ApiError } from '@permission-slip/client/errors.ts'
import type { JsonObject } from '@permission-slip/protocol/json.ts'
import type { House } from './house.ts'
import type { Services } from './truth.ts'

/** One thing that was asked for, and the action that the server answered. */
export interface Wanted {
  readonly kind: string
  readonly ref: string
  readonly id: string
}

interface Kind {
  readonly connector: string
  readonly action: string
  params(ref: string): JsonObject
  /** Let through by a rule, not asked. */
  readonly allowed: boolean
}

const pages = 4
export const kindsFor = (services: Services): readonly Kind[] => [
  {
    connector: 'notebook',
    action: 'write',
    allowed: true,
    params: (ref) => ({ page: `page ${ref.charCodeAt(ref.length - 1) % pages}`, body: ref }),
  },
  { connector: 'notebook', action: 'read', allowed: true, params: () => ({ page: 'page 0' }) },
  { connector: 'webhook', action: 'send', allowed: true, params: (ref) => ({ type: 'campaign.sent', data: { ref } }) },
  { connector: 'depot', action: 'bare', allowed: true, params: (ref) => ({ ref }) },
  { connector: 'depot', action: 'look', allowed: true, params: (ref) => ({ ref }) },
  { connector: 'depot', action: 'keyed', allowed: false, params: (ref) => ({ ref }) },
  { connector: 'depot', action: 'probed', allowed: false, params: (ref) => ({ ref }) },
  { connector: 'depot', action: 'keyed_steps', allowed: false, params: (ref) => ({ ref }) },
  {
    connector: 'redis',
    action: 'increment',
    allowed: true,
    params: (ref) => ({ key: `${services.prefix}${ref}`, by: 1 }),
  },
  ...(services.postgres === null
    ? []
    : [
        {
          connector: 'postgres',
          action: 'execute',
          allowed: false,
          params: (ref: string) => ({ sql: 'insert into deeds values ($1)', params: [ref] }),
        },
      ]),
]

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

/** Connections of every service and the rules that let some actions through. */
export async function furnish(house: House, services: Services): Promise<void> {
  const { owner } = house
  const add = async (connector: string, fields: Record<string, string>) => {
    const { id } = await owner.connections.add({ connector, label: connector, fields })
    await owner.connections.change(id, { concurrency: 20 })
  }
  await add('depot', { token: 'depot-token-0123456789' })
  await add('webhook', { url: 'https://hooks.invalid/things/hook', secret })
  await add('redis', { url: services.redis })
  if (services.postgres !== null) await add('postgres', { url: services.postgres, tls: 'disable' })
  for (const { connector, action, allowed } of kindsFor(services)) {
    if (!allowed) continue
    const { actions } = await owner.connectors.get(connector)
    const names = Object.keys((actions.find((one) => one.id === action)?.params['properties'] ?? {}) as JsonObject)
    const params = Object.fromEntries(names.map((name) => [name, { anything: true as const }]))
    await owner.rules.add({ name: `${connector}.${action}`, effect: 'allow', connector, action, params })
  }
}

/** Agents that ask until told to end, each submission until it is answered; and an owner who approves whatever waits. */
export class Load {
  readonly wanted: Wanted[] = []
  /** Answers that should never come. */
  readonly wrong: string[] = []
  readonly #house: House
  readonly #kinds: readonly Kind[]
  readonly #random: () => number
  readonly #workers: Promise<void>[]
  #ending = false
  #approving = true
  readonly #approver: Promise<void>

  constructor(house: House, services: Services, agents: readonly AgentClient[], random: () => number) {
    this.#house = house
    this.#kinds = kindsFor(services)
    this.#random = random
    this.#workers = agents.flatMap((client) => [0, 1, 2].map(() => this.#ask(client)))
    this.#approver = this.#approve()
  }

  /** No further submissions; resolves when every one under way was answered. */
  async endAsking(): Promise<void> {
    this.#ending = true
    await Promise.all(this.#workers)
  }
  async endApproving(): Promise<void> {
    this.#approving = false
    await this.#approver
  }

  async #ask(client: AgentClient): Promise<void> {
    while (!this.#ending) {
      const kind = this.#kinds[Math.floor(this.#random() * this.#kinds.length)]
      if (!kind) throw new Error('no kinds')
      const ref = `r-${crypto.randomUUID()}`
      const key = newIdempotencyKey()
      const id = await this.#until(client, kind, ref, key)
      if (id === null) continue
      this.wanted.push({ kind: `${kind.connector}.${kind.action}`, ref, id })
      // The same again, as an agent does that lost the answer.
      if (this.#random() < 0.1) {
        const again = await this.#until(client, kind, ref, key)
        if (again !== id) this.wrong.push(`${ref}: ${again} for the same idempotency key as ${id}`)
      }
      await pause(10 + this.#random() * 40)
    }
  }

  /** The id that was answered; null after a refusal that should not be. */
  async #until(client: AgentClient, kind: Kind, ref: string, idempotencyKey: string): Promise<string | null> {
    const { connector, action } = kind
    for (;;) {
      try {
        return (
          await client.actions.submit({ connector, action, params: kind.params(ref) }, { idempotencyKey, retries: 0 })
        ).id
      } catch (error) {
        if (error instanceof ApiError && error.status < 500 && error.status !== 429) {
          this.wrong.push(`${connector}.${action} was refused: ${error.code}: ${error.message}`)
          return null
        }
        await pause(50)
      }
    }
  }

  async #approve(): Promise<void> {
    const { approvals } = this.#house.owner
    while (this.#approving) {
      const waiting = await approvals.list().catch(() => null)
      await Promise.all(
        (waiting?.items ?? []).map(({ id, digest }) => approvals.approve(id, { digest }).catch(() => null)),
      )
      await pause(50)
    }
  }
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
