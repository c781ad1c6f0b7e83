import type { Json } from '@permission-slip/protocol/json.ts'
import type { Io } from '../../kit/io.ts'

/**
 * Every command that may reach a server, and no other: the driver refuses what is not here. None runs scripts, blocks,
 * changes the server's set-up, its users or where it copies data to. (AUTH, HELLO and SELECT are the driver's own.)
 */
export const redisCommands = [
  ...['APPEND', 'GET', 'GETDEL', 'GETRANGE', 'INCRBY', 'MGET', 'MSET', 'SET', 'STRLEN'],
  ...['DBSIZE', 'DEL', 'EXISTS', 'EXPIRE', 'PERSIST', 'PTTL', 'RENAMENX', 'SCAN', 'TYPE'],
  ...['HDEL', 'HGETALL', 'HINCRBY', 'HMGET', 'HSCAN', 'HSET'],
  ...['LLEN', 'LPOP', 'LPUSH', 'LRANGE', 'LREM', 'LSET', 'LTRIM', 'RPOP', 'RPUSH'],
  ...['SADD', 'SCARD', 'SISMEMBER', 'SMEMBERS', 'SREM', 'SSCAN'],
  ...['ZADD', 'ZCARD', 'ZCOUNT', 'ZINCRBY', 'ZRANGE', 'ZRANK', 'ZREM', 'ZSCORE'],
  ...['XADD', 'XDEL', 'XLEN', 'XRANGE', 'XREVRANGE', 'XTRIM'],
  ...['INFO', 'PUBLISH'],
] as const
export type RedisCommand = (typeof redisCommands)[number]

export const ask = (io: Io, name: RedisCommand, ...args: readonly (string | number)[]): Promise<Json> =>
  io.redis.command(name, args.map(String))

/** A reply of names and values, which comes flat from older protocol versions, as an object. */
export function pairs(reply: Json): { [name: string]: Json } {
  if (reply !== null && typeof reply === 'object' && !Array.isArray(reply)) return reply
  const flat = Array.isArray(reply) ? reply : []
  const made: [string, Json][] = []
  for (let i = 0; i + 1 < flat.length; i += 2) made.push([String(flat[i]), flat[i + 1] ?? null])
  return Object.fromEntries(made)
}

/** Members with scores: flat, or as pairs, by protocol version; scores come as text or numbers. */
export function scored(reply: Json): { member: string; score: number }[] {
  const list = Array.isArray(reply) ? reply.flat() : []
  const made: { member: string; score: number }[] = []
  for (let i = 0; i + 1 < list.length; i += 2) made.push({ member: String(list[i]), score: Number(list[i + 1]) })
  return made
}

/** `[cursor, items]` of the SCAN family. */
export function scanned(reply: Json): { cursor: string; items: Json } {
  const [cursor, items] = Array.isArray(reply) ? reply : []
  return { cursor: String(cursor ?? '0'), items: items ?? [] }
}
