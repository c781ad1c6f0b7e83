import { Refusal } from '@permission-slip/protocol/errors.ts'

/** POSIX ustar, with a pax record where a size does not fit its field. Files only. */
export const blockBytes = 512
/** Eleven octal digits. */
const mostUstar = 8 ** 11 - 1

const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`

function block(name: string, size: number, time: number, kind: '0' | 'x'): Uint8Array {
  const bytes = Buffer.alloc(blockBytes)
  bytes.write(name, 0, 100, 'utf8')
  bytes.write(octal(0o644, 7), 100)
  bytes.write(octal(0, 7), 108)
  bytes.write(octal(0, 7), 116)
  bytes.write(octal(Math.min(size, mostUstar), 11), 124)
  bytes.write(octal(Math.floor(time / 1000), 11), 136)
  bytes.write(`        ${kind}`, 148)
  bytes.write('ustar\u000000', 257)
  const sum = bytes.reduce((total, byte) => total + byte, 0)
  bytes.write(`${octal(sum, 6)} `, 148)
  return bytes
}

/** One pax record: its own length, in decimal, stands in front and counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  let length = rest.length
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length
  return `${length}${rest}`
}

/** Zero bytes up to the next block. */
export const padding = (size: number): Uint8Array => new Uint8Array((blockBytes - (size % blockBytes)) % blockBytes)

/** What stands before a file's bytes. */
export function tarHeader(name: string, size: number, time: number): Uint8Array {
  const own = block(name, size, time, '0')
  if (size <= mostUstar) return own
  const record = Buffer.from(paxRecord('size', String(size)))
  return Buffer.concat([block(`pax/${name}`, record.length, time, 'x'), record, padding(record.length), own])
}

/** What stands at the end of an archive. */
export const tarEnd = (): Uint8Array => new Uint8Array(2 * blockBytes)

/** Where a file's bytes stand in an archive. */
export interface TarMember {
  offset: number
  size: number
}

const text = (bytes: Uint8Array, start: number, length: number): string => {
  const field = Buffer.from(bytes.subarray(start, start + length))
  const end = field.indexOf(0)
  return field.toString('utf8', 0, end < 0 ? length : end)
}

const broken = (what: string) => new Refusal('invalid_request', `export: expected a tar archive, got ${what}.`)

function number(header: Uint8Array, start: number, length: number): number {
  const digits = text(header, start, length).trim()
  if (!/^[0-7]+$/.test(digits)) throw broken('a header whose numbers are not octal')
  return Number.parseInt(digits, 8)
}

/** Finds the files of an archive by reading its headers only. */
export function tarMembers(size: number, read: (offset: number, length: number) => Uint8Array): Map<string, TarMember> {
  const members = new Map<string, TarMember>()
  let paxSize: number | null = null
  for (let at = 0; ; ) {
    const header = read(at, blockBytes)
    if (header.length < blockBytes) throw broken('one that is cut off')
    if (header.every((byte) => byte === 0)) return members
    const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0)
    if (number(header, 148, 8) !== sum) throw broken(`a header with a wrong sum at byte ${at}`)
    const kind = text(header, 156, 1)
    const length: number = kind === 'x' || paxSize === null ? number(header, 124, 12) : paxSize
    const offset = at + blockBytes
    if (offset + length > size) throw broken('one that is cut off')
    if (kind === 'x') {
      const found = /(?:^|\n)\d+ size=(\d{1,16})\n/.exec(Buffer.from(read(offset, Math.min(length, 65_536))).toString())
      paxSize = found ? Number(found[1]) : null
    } else {
      paxSize = null
      const name = text(header, 0, 100).replace(/^\.\//, '')
      if (kind === '0' || kind === '') {
        if (members.has(name)) throw broken(`${name} twice`)
        members.set(name, { offset, size: length })
      }
    }
    at = offset + Math.ceil(length / blockBytes) * blockBytes
  }
}
