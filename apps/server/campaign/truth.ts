import fs from 'node:fs'
import { RedisClient } from 'bun'
import pg from 'pg'
import type { House } from './house.ts'

/** What services really did, asked of them and not of the server. */
export interface Truth {
  /** How often the deed of each ref happened: by ref for what has one, by key for webhooks. */
  times(): Promise<Map<string, number>>
  close(): Promise<void>
}

/** The services that a campaign uses besides the depot. */
export interface Services {
  /** Prefix of this campaign's Redis keys. */
  readonly prefix: string
  readonly redis: string
  /** A database of its own for `postgres.execute`; null where that server is our own database too. */
  readonly postgres: string | null
}

export async function openTruth(house: House, services: Services): Promise<Truth> {
  const redis = new RedisClient(services.redis)
  await redis.connect()
  const sql = services.postgres === null ? null : new pg.Client({ connectionString: services.postgres })
  await sql?.connect()
  await sql?.query('create table deeds (ref text not null)')
  return {
    async times() {
      const all = new Map<string, number>()
      const count = (ref: string, n: number) => all.set(ref, (all.get(ref) ?? 0) + n)
      for (const { method, ref, key, did } of await house.received())
        if (did && method !== 'GET') count(ref === 'hook' ? (key ?? ref) : ref, 1)
      for (const key of await redis.keys(`${services.prefix}*`))
        count(key.slice(services.prefix.length), Number(await redis.get(key)))
      for (const { ref, n } of (
        await sql?.query<{ ref: string; n: string }>('select ref, count(*) n from deeds group by ref')
      )?.rows ?? [])
        count(ref, Number(n))
      return all
    },
    async close() {
      for (const key of await redis.keys(`${services.prefix}*`)) await redis.del(key)
      redis.close()
      await sql?.end()
    },
  }
}

/** Files that a killed server left half written beside the ones that count. */
export const leftovers = (dir: string): string[] => fs.readdirSync(dir).filter((name) => name.endsWith('.new'))
