import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import { RedisClient } from 'bun'
import { driveIo } from '../kit/drive.ts'
import type { Io } from '../kit/io.ts'
import { parseParams } from '../kit/params.ts'
import { recorder } from '../kit/recorder.ts'
import { redis } from '../src/redis.ts'

const server = process.env['PS_TEST_REDIS']
const prefix = `kit:${crypto.randomUUID()}:`

describe.skipIf(!server)('Redis actions on a real server (needs PS_TEST_REDIS)', () => {
  let client: RedisClient
  let io: Io
  beforeAll(async () => {
    client = new RedisClient(server ?? '', { autoReconnect: false, enableOfflineQueue: false })
    await client.connect()
    io = {
      ...recorder([], () => {}),
      redis: { command: async (name, args) => (await client.send(name, [...args])) as Json },
    }
  })
  afterAll(async () => {
    const keys = (await client.send('KEYS', [`${prefix}*`])) as string[]
    if (keys.length > 0) await client.send('DEL', keys)
    client.close()
  })
  const run = (id: string, params: JsonObject): Promise<Json> => {
    const action = redis.actions[id]
    if (!action) throw new Error(id)
    return driveIo(action, parseParams(action, params), io, { fields: {}, account: null, key: 'k', now: 0 })
  }
  const k = (name: string): string => prefix + name

  test('values are set, read, counted up and taken', async () => {
    expect(await run('set', { key: k('s'), value: 'hello\r\nGET x', only_if: 'absent', ttl_seconds: 100 })).toEqual({
      done: true,
    })
    expect(await run('set', { key: k('s'), value: 'no', only_if: 'absent' })).toEqual({ done: false })
    expect(await run('get', { key: k('s') })).toEqual({ value: 'hello\r\nGET x' })
    expect(await run('ttl', { key: k('s') })).toMatchObject({ exists: true, milliseconds: expect.any(Number) })
    expect(await run('persist', { key: k('s') })).toEqual({ done: true })
    expect(await run('ttl', { key: k('s') })).toEqual({ exists: true, milliseconds: null })
    expect(await run('take', { key: k('s') })).toEqual({ value: 'hello\r\nGET x' })
    expect(await run('get', { key: k('s') })).toEqual({ value: null })
    expect(await run('increment', { key: k('n'), by: -3 })).toEqual({ value: -3 })
    expect(await run('set_many', { values: { [k('a')]: '1', [k('b')]: '2' } })).toEqual({ done: true })
    expect(await run('get_many', { keys: [k('a'), k('b'), k('none')] })).toEqual({ values: ['1', '2', null] })
    expect(await run('append', { key: k('a'), value: '23' })).toEqual({ bytes: 3 })
    expect(await run('get_range', { key: k('a'), start: 1, end: -1 })).toEqual({ value: '23' })
    expect(await run('length', { key: k('a') })).toEqual({ bytes: 3 })
  })
  test('keys are found, renamed and deleted', async () => {
    await run('set', { key: k('x1'), value: '1' })
    const found = (await run('scan', { match: `${prefix}x*`, count: 1000 })) as { keys: string[] }
    expect(found.keys).toEqual([k('x1')])
    expect(await run('rename', { key: k('x1'), to: k('x2') })).toEqual({ done: true })
    expect(await run('type', { key: k('x2') })).toEqual({ type: 'string' })
    expect(await run('expire', { key: k('x2'), ttl_seconds: 50 })).toEqual({ done: true })
    expect(await run('exists', { keys: [k('x1'), k('x2')] })).toEqual({ count: 1 })
    expect(await run('delete', { keys: [k('x2')] })).toEqual({ count: 1 })
  })
  test('hashes and lists do what they say', async () => {
    expect(await run('hash_set', { key: k('h'), values: { a: '1', b: 'two' } })).toEqual({ added: 2 })
    expect(await run('hash_get_all', { key: k('h') })).toEqual({ values: { a: '1', b: 'two' } })
    expect(await run('hash_get', { key: k('h'), fields: ['b', 'z'] })).toEqual({ values: ['two', null] })
    expect(await run('hash_increment', { key: k('h'), field: 'a', by: 4 })).toEqual({ value: 5 })
    expect(await run('hash_scan', { key: k('h'), match: 'a*' })).toEqual({ cursor: '0', values: { a: '5' } })
    expect(await run('hash_delete', { key: k('h'), fields: ['a'] })).toEqual({ count: 1 })
    expect(await run('rpush', { key: k('l'), values: ['b', 'c'] })).toEqual({ length: 2 })
    expect(await run('lpush', { key: k('l'), values: ['a'] })).toEqual({ length: 3 })
    expect(await run('list_set', { key: k('l'), position: 1, value: 'B' })).toEqual({ done: true })
    expect(await run('list_range', { key: k('l') })).toEqual({ values: ['a', 'B', 'c'] })
    expect(await run('list_remove', { key: k('l'), value: 'B' })).toEqual({ count: 1 })
    expect(await run('lpop', { key: k('l'), count: 5 })).toEqual({ values: ['a', 'c'] })
    expect(await run('rpop', { key: k('l') })).toEqual({ values: [] })
    await run('rpush', { key: k('l'), values: ['1', '2', '3'] })
    expect(await run('list_trim', { key: k('l'), start: 0, stop: 0 })).toEqual({ done: true })
    expect(await run('list_length', { key: k('l') })).toEqual({ length: 1 })
  })
  test('sets, sorted sets and streams do what they say', async () => {
    expect(await run('set_add', { key: k('t'), members: ['red', 'blue'] })).toEqual({ added: 2 })
    expect(await run('set_has', { key: k('t'), member: 'red' })).toEqual({ has: true, size: 2 })
    expect(await run('set_remove', { key: k('t'), members: ['blue'] })).toEqual({ count: 1 })
    expect(await run('set_members', { key: k('t') })).toEqual({ members: ['red'] })
    expect(await run('set_scan', { key: k('t') })).toEqual({ cursor: '0', members: ['red'] })
    expect(
      await run('sorted_add', {
        key: k('z'),
        members: [
          { member: 'a', score: 1.5 },
          { member: 'b', score: -2 },
        ],
      }),
    ).toEqual({ added: 2 })
    expect(await run('sorted_range', { key: k('z'), highest_first: true })).toEqual({
      members: [
        { member: 'a', score: 1.5 },
        { member: 'b', score: -2 },
      ],
    })
    expect(await run('sorted_range', { key: k('z'), start: -5, stop: 0, by_score: true, highest_first: true })).toEqual(
      { members: [{ member: 'b', score: -2 }] },
    )
    expect(await run('sorted_score', { key: k('z'), member: 'a' })).toEqual({ score: 1.5, place: 1, size: 2 })
    expect(await run('sorted_score', { key: k('z'), member: 'none' })).toEqual({ score: null, place: null, size: 2 })
    expect(await run('sorted_count', { key: k('z'), min: 0, max: 9 })).toEqual({ count: 1 })
    expect(await run('sorted_increment', { key: k('z'), member: 'a', by: 2 })).toEqual({ score: 3.5 })
    expect(await run('sorted_remove', { key: k('z'), members: ['a'] })).toEqual({ count: 1 })
    const { id } = (await run('stream_add', { key: k('e'), values: { kind: 'login' }, keep: 10 })) as { id: string }
    await run('stream_add', { key: k('e'), values: { kind: 'logout' } })
    expect(await run('stream_range', { key: k('e'), count: 1 })).toEqual({
      entries: [{ id, values: { kind: 'login' } }],
    })
    expect(await run('stream_range', { key: k('e'), count: 1, newest_first: true })).toMatchObject({
      entries: [{ values: { kind: 'logout' } }],
    })
    expect(await run('stream_delete', { key: k('e'), ids: [id] })).toEqual({ count: 1 })
    expect(await run('stream_length', { key: k('e') })).toEqual({ length: 1 })
    expect(await run('stream_trim', { key: k('e'), keep: 0 })).toEqual({ count: 1 })
  })
  test('the server is described, and its account is where it is', async () => {
    expect(await run('publish', { channel: k('c'), message: 'hi' })).toEqual({ receivers: 0 })
    expect(await run('info', { section: 'server' })).toMatchObject({ values: { redis_version: expect.any(String) } })
    expect(await run('database_size', {})).toMatchObject({ keys: expect.any(Number) })
    const checked = await redis.check?.run?.(io, {
      fields: { host: 'h', port: '6379', database: '0', tls: 'disable' },
      account: null,
      key: 'k',
      now: 0,
    })
    expect(checked?.account).toContain('default@h:6379/0')
    expect(checked?.warnings.length).toBe(2)
  })
})
