import type { Json } from '@permission-slip/protocol/json.ts'
import { exactJson, exactNumber } from './exact.ts'
import { block, little, type PacketReader } from './mysql-bytes.ts'

/** Types by their fixed numbers in the protocol (enum_field_types). */
const type = {
  tiny: 1,
  short: 2,
  long: 3,
  float: 4,
  double: 5,
  null: 6,
  timestamp: 7,
  longlong: 8,
  int24: 9,
  date: 10,
  time: 11,
  datetime: 12,
  year: 13,
  bit: 16,
  json: 245,
  decimal: 246,
  varString: 253,
  geometry: 255,
} as const
const oldDecimal = 0
const unsigned = 0x20
/** The "character set" of bytes that are no text. */
const binary = 63

export interface Column {
  readonly name: string
  readonly type: number
  readonly flags: number
  readonly charset: number
}

/** A column's description in an answer. */
export function readColumn(read: PacketReader): Column {
  for (let skipped = 0; skipped < 4; skipped++) read.block() // catalog, schema, table, the table's own name
  const name = read.block().toString()
  read.block()
  read.length()
  const charset = read.number(2)
  read.take(4)
  return { name, charset, type: read.number(1), flags: read.number(2) }
}

/** One value of a row in the binary protocol, as JSON. The session's time zone is UTC. */
export function readValue(read: PacketReader, column: Column): Json {
  const signed = (column.flags & unsigned) === 0
  switch (column.type) {
    case type.null:
      return null
    case type.tiny:
      return signed ? read.take(1).readInt8() : read.number(1)
    case type.short:
    case type.year:
      return signed ? read.take(2).readInt16LE() : read.number(2)
    case type.long:
    case type.int24:
      return signed ? read.take(4).readInt32LE() : read.number(4)
    case type.longlong:
      return exactInteger(signed ? read.take(8).readBigInt64LE() : read.take(8).readBigUInt64LE())
    case type.float:
      return shortest(read.take(4).readFloatLE())
    case type.double:
      return read.take(8).readDoubleLE()
    case type.date:
      return date(read.take(read.number(1)))
    case type.datetime:
      return instant(read.take(read.number(1)), '')
    case type.timestamp:
      return instant(read.take(read.number(1)), 'Z')
    case type.time:
      return time(read.take(read.number(1)))
    case type.bit:
      return exactInteger(BigInt(`0x0${read.block().toString('hex')}`))
    case type.json:
      return exactJson(read.block().toString())
    case type.decimal:
    case oldDecimal:
      return exactNumber(read.block().toString())
    default: {
      const bytes = read.block()
      return column.charset === binary || column.type === type.geometry ? bytes.toString('base64') : bytes.toString()
    }
  }
}

export const exactInteger = (value: bigint): Json =>
  Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()

/** A float of 32 bits with the fewest digits that mean it. */
function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits++)
    if (Math.fround(Number(value.toPrecision(digits))) === value) return Number(value.toPrecision(digits))
  return value
}

const two = (value: number): string => String(value).padStart(2, '0')
const fraction = (bytes: Buffer, at: number): string => {
  const micros = bytes.length >= at + 4 ? bytes.readUInt32LE(at) : 0
  return micros === 0 ? '' : `.${String(micros).padStart(6, '0').replace(/0+$/, '')}`
}
const byte = (bytes: Buffer, at: number): number => bytes[at] ?? 0

/** Zeros at the end are left out by the server, down to nothing for 0000-00-00. */
const date = (bytes: Buffer): string => {
  const year = bytes.length >= 2 ? bytes.readUInt16LE(0) : 0
  return `${String(year).padStart(4, '0')}-${two(byte(bytes, 2))}-${two(byte(bytes, 3))}`
}
const instant = (bytes: Buffer, zone: string): string =>
  `${date(bytes)}T${two(byte(bytes, 4))}:${two(byte(bytes, 5))}:${two(byte(bytes, 6))}${fraction(bytes, 7)}${zone}`
const time = (bytes: Buffer): string => {
  const days = bytes.length >= 5 ? bytes.readUInt32LE(1) : 0
  const minus = byte(bytes, 0) === 1 ? '-' : ''
  return `${minus}${two(days * 24 + byte(bytes, 5))}:${two(byte(bytes, 6))}:${two(byte(bytes, 7))}${fraction(bytes, 8)}`
}

/** A parameter as the protocol carries it: its type, and its bytes. A list or an object goes as the text of its JSON. */
export function writeValue(value: Json): { type: number; bytes: Buffer } {
  if (value === null) return { type: type.null, bytes: Buffer.alloc(0) }
  if (typeof value === 'boolean') return { type: type.tiny, bytes: little(value ? 1 : 0, 1) }
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(8)
    // MySQL takes no text for a LIMIT, and no double either.
    const whole = Number.isSafeInteger(value)
    if (whole) bytes.writeBigInt64LE(BigInt(value))
    else bytes.writeDoubleLE(value)
    return { type: whole ? type.longlong : type.double, bytes }
  }
  return {
    type: type.varString,
    bytes: block(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value))),
  }
}
