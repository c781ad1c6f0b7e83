import { ServiceFault } from '@permission-slip/connectors/kit/faults.ts'
import type { Json } from '@permission-slip/protocol/json.ts'
import { exactJson, exactNumber } from './exact.ts'
import { readArray, writeArray } from './pg-array.ts'

export interface PgField {
  readonly name: string
  readonly dataTypeID: number
}

/** Types by their fixed numbers (pg_type.dat); any other stays the text that PostgreSQL writes. */
const oid = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  oid: 26,
  json: 114,
  float4: 700,
  float8: 701,
  date: 1082,
  timestamp: 1114,
  timestamptz: 1184,
  numeric: 1700,
  jsonb: 3802,
} as const
/** Array type -> type of its elements. */
const elements: ReadonlyMap<number, number> = new Map([
  [199, oid.json],
  [1000, oid.bool],
  [1001, oid.bytea],
  [1003, 19],
  [1005, oid.int2],
  [1007, oid.int4],
  [1009, 25],
  [1014, 1042],
  [1015, 1043],
  [1016, oid.int8],
  [1021, oid.float4],
  [1022, oid.float8],
  [1028, oid.oid],
  [1041, 869],
  [1115, oid.timestamp],
  [1182, oid.date],
  [1183, 1083],
  [1185, oid.timestamptz],
  [1231, oid.numeric],
  [2951, 2950],
  [3807, oid.jsonb],
])

/** A value as JSON. The session speaks ISO dates in UTC and hex bytes. */
export function readValue(text: string | null, type: number): Json {
  if (text === null) return null
  const element = elements.get(type)
  if (element !== undefined) return readArray(text, (one) => readValue(one, element)) ?? text
  switch (type) {
    case oid.bool:
      return text === 't'
    case oid.int2:
    case oid.int4:
    case oid.oid:
      return Number(text)
    case oid.int8:
      return Number.isSafeInteger(Number(text)) ? Number(text) : text
    case oid.float4:
    case oid.float8:
      return Number.isFinite(Number(text)) ? Number(text) : text
    case oid.numeric:
      return exactNumber(text)
    case oid.bytea:
      return text.startsWith('\\x') ? Buffer.from(text.slice(2), 'hex').toString('base64') : text
    case oid.json:
    case oid.jsonb:
      return exactJson(text)
    case oid.timestamptz:
      return text.replace(/^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)\+00$/, '$1T$2Z')
    case oid.timestamp:
      return text.replace(/^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)$/, '$1T$2')
    default:
      return text
  }
}

/** A parameter as the text that the server's type reads: a text as it is, an array as an array unless JSON is wanted. */
export function writeParam(value: Json, type: number, name: string): string | null {
  if (value === null) return null
  if (typeof value === 'string') return type === oid.bytea ? hexOf(value, name) : value
  if (type === oid.json || type === oid.jsonb) return JSON.stringify(value)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return writeArray(value, (one) => writeParam(one, elements.get(type) ?? 0, name))
  return JSON.stringify(value)
}

/** Bytes come and go as base64. */
function hexOf(text: string, name: string): string {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0)
    throw new ServiceFault('service_refused', `${name}: expected bytes as base64`)
  return `\\x${Buffer.from(text, 'base64').toString('hex')}`
}
