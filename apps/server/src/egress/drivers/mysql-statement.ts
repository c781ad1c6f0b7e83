import type { Json } from '@permission-slip/protocol/json.ts'
import { BadPacket, little, PacketReader } from './mysql-bytes.ts'
import { MysqlError, readError } from './mysql-error.ts'
import type { MysqlLine } from './mysql-line.ts'
import { type Column, readColumn, readValue, writeValue } from './mysql-values.ts'
import type { Table } from './rows.ts'

const command = { query: 0x03, prepare: 0x16, execute: 0x17, close: 0x19 } as const
const status = { inTransaction: 0x1, more: 0x8 } as const

/** The state of our own refusal of what does more than read ("invalid SQL statement identifier", never from a server). */
export const notRead = '30000'

export interface StatementLimits {
  readonly maxRows: number
  /** Of rows that are kept; the rest is read and dropped. */
  readonly maxBytes: number
  /** Only what reads, by the server's word, before anything runs. When there are enough rows the session ends. */
  readonly reads: boolean
}
export interface StatementResult extends Table {
  /** The first AUTO_INCREMENT value that was made. */
  readonly insertId: bigint
  /** How many warnings the server has about it. */
  readonly warnings: number
}

/** A statement of our own, without parameters and rows: whether a transaction is open after it, and how many warnings. */
export async function tell(line: MysqlLine, text: string): Promise<{ open: boolean; warnings: number }> {
  line.command(Buffer.concat([little(command.query, 1), Buffer.from(text)]))
  const packet = await line.next()
  if (packet[0] === 0xff) throw readError(packet)
  if (packet[0] !== 0x00) throw new BadPacket('rows where there are none')
  const ok = readOk(packet)
  return { open: (ok.status & status.inTransaction) !== 0, warnings: ok.warnings }
}

/** Rows of a statement of our own, as text: for what can't stand where `run` takes only what reads (SHOW). */
export async function list(line: MysqlLine, text: string): Promise<string[][]> {
  line.command(Buffer.concat([little(command.query, 1), Buffer.from(text)]))
  const head = await line.next()
  if (head[0] === 0xff) throw readError(head)
  const count = new PacketReader(head).length() ?? 0
  await skip(line, count)
  const rows: string[][] = []
  for (;;) {
    const packet = await line.next()
    if (packet[0] === 0xff) throw readError(packet)
    if (isEnd(packet)) return rows
    const read = new PacketReader(packet)
    rows.push(Array.from({ length: count }, () => read.block().toString()))
  }
}

/** One statement, prepared and run by the binary protocol, which takes one and no more. */
export async function run(
  line: MysqlLine,
  text: string,
  params: readonly Json[],
  limits: StatementLimits,
): Promise<StatementResult> {
  const { id, columns, takes } = await prepare(line, text)
  if (takes !== params.length)
    throw new MysqlError(`the statement takes ${takes} parameters, ${params.length} were given`, 0, '07001')
  if (limits.reads) await holdReads(line, text, columns)
  line.command(executeOf(id, params))
  const result = await readResults(line, limits)
  if (!line.ended) line.command(Buffer.concat([little(command.close, 1), id]))
  return result
}

/** The server parses it, and says what it takes and returns. Nothing runs. */
async function prepare(line: MysqlLine, text: string): Promise<{ id: Buffer; columns: number; takes: number }> {
  line.command(Buffer.concat([little(command.prepare, 1), Buffer.from(text)]))
  const prepared = await line.next()
  if (prepared[0] === 0xff) throw readError(prepared)
  const read = new PacketReader(prepared)
  if (read.number(1) !== 0) throw new BadPacket('no statement')
  const about = { id: read.take(4), columns: read.number(2), takes: read.number(2) }
  await skip(line, about.takes)
  await skip(line, about.columns)
  return about
}

/**
 * A read-only transaction stops changes of tables, and nothing else: a procedure ends it by COMMIT, and SET GLOBAL,
 * INTO OUTFILE or ANALYZE TABLE do not ask for it. So the server's own parser must take the statement for a query that
 * can stand inside another: SELECT, VALUES, TABLE or WITH, without INTO; none of those returns no columns.
 */
async function holdReads(line: MysqlLine, text: string, columns: number): Promise<void> {
  if (columns === 0) throw new MysqlError('the statement returns no rows', 0, notRead)
  try {
    const { id } = await prepare(line, `select exists(${text}\n)`)
    line.command(Buffer.concat([little(command.close, 1), id]))
  } catch (error) {
    if (!(error instanceof MysqlError) || error.fatal) throw error
    throw new MysqlError('the statement is no query that could stand inside another', 0, notRead)
  }
}

/** Descriptions that are not needed, with the packet that ends them. */
async function skip(line: MysqlLine, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await line.next()
  if (count > 0) endOf(await line.next())
}

function executeOf(id: Buffer, params: readonly Json[]): Buffer {
  const values = params.map(writeValue)
  const nulls = Buffer.alloc(Math.ceil(params.length / 8))
  params.forEach((value, i) => {
    if (value === null) nulls[i >> 3] = (nulls[i >> 3] ?? 0) | (1 << (i & 7))
  })
  const types = values.map((value) => little(value.type, 2))
  const bound = params.length === 0 ? [] : [nulls, little(1, 1), ...types, ...values.map((value) => value.bytes)]
  // No cursor, and "once", as the protocol has it.
  return Buffer.concat([little(command.execute, 1), id, little(0, 1), little(1, 4), ...bound])
}

/** A procedure answers several times; the first rows are kept, and others are said to be left out. */
async function readResults(line: MysqlLine, limits: StatementLimits): Promise<StatementResult> {
  let kept: StatementResult | null = null
  let left = false
  for (;;) {
    const { result, more } = await readResult(line, limits)
    if (result.columns.length > 0 && kept !== null && kept.columns.length > 0) left = true
    else if (kept === null || result.columns.length > 0) kept = result
    if (!more) return { ...kept, truncated: kept.truncated || left }
  }
}

async function readResult(
  line: MysqlLine,
  limits: StatementLimits,
): Promise<{ result: StatementResult; more: boolean }> {
  const head = await line.next()
  if (head[0] === 0xff) throw readError(head)
  if (head[0] === 0x00) {
    const ok = readOk(head)
    const { affected: count, insertId, warnings } = ok
    const result = { columns: [], rows: [], count, truncated: false, insertId, warnings }
    return { result, more: (ok.status & status.more) !== 0 }
  }
  // 0xfb would be the server asking for a file of ours (LOAD DATA LOCAL), which we never offered.
  const count = new PacketReader(head).length()
  if (count === null) return broken(line, 'it asks for a file')
  const columns: Column[] = []
  for (let i = 0; i < count; i++) columns.push(readColumn(new PacketReader(await line.next())))
  endOf(await line.next())
  const rows: Json[][] = []
  let [seen, bytes, full] = [0, 0, false]
  for (;;) {
    const packet = await line.next()
    if (packet[0] === 0xff) throw readError(packet)
    if (isEnd(packet)) {
      const more = (endOf(packet) & status.more) !== 0
      return { result: tableOf(columns, rows, seen), more }
    }
    seen++
    bytes += packet.length
    full ||= rows.length >= limits.maxRows || bytes > limits.maxBytes
    if (!full) rows.push(readRow(packet, columns))
    else if (limits.reads) {
      line.destroy(new Error('there were enough rows'))
      return { result: { ...tableOf(columns, rows, rows.length), truncated: true }, more: false }
    }
  }
}

const tableOf = (columns: readonly Column[], rows: Json[][], seen: number): StatementResult => ({
  columns: columns.map((one) => one.name),
  rows,
  count: seen,
  truncated: seen > rows.length,
  insertId: 0n,
  warnings: 0,
})

function readRow(packet: Buffer, columns: readonly Column[]): Json[] {
  const read = new PacketReader(packet)
  if (read.number(1) !== 0) throw new BadPacket('no row')
  // The two lowest bits of the map of NULLs are not used.
  const nulls = read.take((columns.length + 9) >> 3)
  return columns.map((column, i) =>
    ((nulls[(i + 2) >> 3] ?? 0) & (1 << ((i + 2) & 7))) !== 0 ? null : readValue(read, column),
  )
}

function readOk(packet: Buffer): { affected: number; insertId: bigint; status: number; warnings: number } {
  const read = new PacketReader(packet)
  read.take(1)
  return { affected: Number(read.count()), insertId: read.count(), status: read.number(2), warnings: read.number(2) }
}

const isEnd = (packet: Buffer): boolean => packet[0] === 0xfe && packet.length < 9
function endOf(packet: Buffer): number {
  if (!isEnd(packet)) throw new BadPacket('no end of a list')
  return packet.readUInt16LE(3)
}
function broken(line: MysqlLine, what: string): never {
  const error = new BadPacket(what)
  line.destroy(error)
  throw error
}
