import { sql } from 'kysely'
import type { Db } from '../db/writer-types.ts'
import { type SignedCheckpoint, verifierKey } from './checkpoint.ts'
import { padding, tarEnd, tarHeader } from './tar.ts'

/** Rows read at once: entries have at most 16 KiB, contents may be large. */
const entriesAtOnce = 256
const contentsAtOnce = 16

/** `contents.jsonl` as long as its erasable texts are there; the numbers that its size is made of. */
const contentLine = (seq: number, salt: Uint8Array, content: string | null): string =>
  `{"content":${content ?? 'null'},"salt":"${Buffer.from(salt).toString('base64url')}","seq":${seq}}\n`
const emptyLine = contentLine(0, new Uint8Array(32), '').length - 1

/** Bytes of both files for the entries before `size`, computed by the database. */
async function sizes(db: Db, size: number): Promise<{ entries: number; contents: number }> {
  const entries = await db
    .selectFrom('log_entries')
    .select(sql<string | number | null>`sum(octet_length(leaf) + 1)`.as('bytes'))
    .where('seq', '<', size)
    .executeTakeFirst()
  const contents = await db
    .selectFrom('log_contents')
    .select(
      sql<
        string | number | null
      >`sum(octet_length(coalesce(content, 'null')) + length(cast(seq as text)) + ${sql.lit(emptyLine)})`.as('bytes'),
    )
    .where('seq', '<', size)
    .executeTakeFirst()
  return { entries: Number(entries?.bytes ?? 0), contents: Number(contents?.bytes ?? 0) }
}

async function* entryLines(db: Db, size: number): AsyncGenerator<string> {
  for (let at = 0; at < size; at += entriesAtOnce) {
    const rows = await db
      .selectFrom('log_entries')
      .select('leaf')
      .where('seq', '>=', at)
      .where('seq', '<', Math.min(size, at + entriesAtOnce))
      .orderBy('seq')
      .execute()
    yield rows.map((row) => `${row.leaf}\n`).join('')
  }
}

async function* contentLines(db: Db, size: number): AsyncGenerator<string> {
  for (let after = -1; ; ) {
    const rows = await db
      .selectFrom('log_contents')
      .selectAll()
      .where('seq', '>', after)
      .where('seq', '<', size)
      .orderBy('seq')
      .limit(contentsAtOnce)
      .execute()
    const last = rows.at(-1)
    if (last === undefined) return
    yield rows.map((row) => contentLine(row.seq, row.salt, row.content)).join('')
    after = last.seq
  }
}

/**
 * A file of a size promised in its header. Entries never change; a content that is erased while we stream leaves its
 * file shorter than promised, which empty lines make up for.
 */
async function* file(
  name: string,
  size: number,
  time: number,
  parts: AsyncIterable<string>,
): AsyncGenerator<Uint8Array> {
  yield tarHeader(name, size, time)
  let left = size
  for await (const part of parts) {
    const bytes = Buffer.from(part)
    left -= bytes.length
    if (left < 0) throw new Error(`${name} grew while it was exported`)
    yield bytes
  }
  for (; left > 0; left -= Math.min(left, 65_536)) yield new Uint8Array(Math.min(left, 65_536)).fill(0x0a)
  yield padding(size)
}

async function* once(text: string): AsyncGenerator<string> {
  yield text
}

async function keysJson(db: Db, origin: string): Promise<string> {
  const rows = await db.selectFrom('log_keys').selectAll().orderBy('from_seq').execute()
  const keys = rows.map((row) => ({ ...row, verifier_key: verifierKey(origin, row.public_key) }))
  return `${JSON.stringify({ log: origin, keys }, null, 2)}\n`
}

/**
 * The whole log as a tar: `checkpoint`, `entries.jsonl`, `contents.jsonl`, `keys.json`, and no entry beyond the
 * checkpoint. It is made while it is read, so memory is bounded by a few rows.
 */
export async function exportLog(parts: {
  db: Db
  /** Makes a checkpoint over the last entry. */
  checkpoint(): Promise<SignedCheckpoint>
  /** The time that the files carry, milliseconds since 1970. */
  now: number
}): Promise<ReadableStream<Uint8Array>> {
  const { db, now } = parts
  const { note, origin, size } = await parts.checkpoint()
  const bytes = await sizes(db, size)
  const keys = await keysJson(db, origin)
  async function* archive(): AsyncGenerator<Uint8Array> {
    yield* file('checkpoint', Buffer.byteLength(note), now, once(note))
    yield* file('entries.jsonl', bytes.entries, now, entryLines(db, size))
    yield* file('contents.jsonl', bytes.contents, now, contentLines(db, size))
    yield* file('keys.json', Buffer.byteLength(keys), now, once(keys))
    yield tarEnd()
  }
  const chunks = archive()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      for (;;) {
        const { done, value } = await chunks.next()
        if (done) return controller.close()
        if (value.length > 0) return controller.enqueue(value)
      }
    },
    async cancel() {
      await chunks.return(undefined)
    },
  })
}
