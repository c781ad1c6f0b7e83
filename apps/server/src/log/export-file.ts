import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Refusal } from '@permission-slip/protocol/errors.ts'
import { type TarMember, tarMembers } from './tar.ts'

const chunkBytes = 1024 * 1024
/** A line is an entry or one content; a content is at most a result, far below this. */
const mostLine = 256 * 1024 * 1024

/** An export on disk: its files are read side by side, a chunk of each at a time. */
export class ExportFile implements Disposable {
  readonly #file: number
  readonly #members: Map<string, TarMember>

  constructor(path: string) {
    this.#file = openSync(path, 'r')
    try {
      this.#members = tarMembers(fstatSync(this.#file).size, (offset, length) => this.#read(offset, length))
    } catch (error) {
      closeSync(this.#file)
      throw error
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }

  #member(name: string): TarMember {
    const member = this.#members.get(name)
    if (member === undefined) throw new Refusal('invalid_request', `export: expected a file ${name} in it, got none.`)
    return member
  }

  #read(offset: number, length: number): Uint8Array {
    const bytes = Buffer.alloc(length)
    let got = 0
    while (got < length) {
      const more = readSync(this.#file, bytes, got, length - got, offset + got)
      if (more === 0) break
      got += more
    }
    return bytes.subarray(0, got)
  }

  /** A small file, whole. */
  text(name: string): string {
    const { offset, size } = this.#member(name)
    if (size > chunkBytes)
      throw new Refusal('invalid_request', `export: expected a small file ${name}, got ${size} bytes.`)
    return Buffer.from(this.#read(offset, size)).toString('utf8')
  }

  /** The lines of a file, without their newlines; empty ones are left out. */
  *lines(name: string): Generator<Uint8Array> {
    const { offset, size } = this.#member(name)
    let begun: Uint8Array[] = []
    let length = 0
    for (let at = 0; at < size; ) {
      const chunk = this.#read(offset + at, Math.min(chunkBytes, size - at))
      if (chunk.length === 0) throw new Refusal('invalid_request', 'export: the file became shorter while it was read.')
      at += chunk.length
      let start = 0
      for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
        const rest = chunk.subarray(start, end)
        const line = begun.length === 0 ? rest : Buffer.concat([...begun, rest])
        if (line.length > 0) yield line
        begun = []
        length = 0
        start = end + 1
      }
      if (start === chunk.length) continue
      begun.push(chunk.subarray(start))
      length += chunk.length - start
      if (length > mostLine)
        throw new Refusal('invalid_request', `export: expected lines of at most ${mostLine} bytes in ${name}.`)
    }
    if (length > 0) yield Buffer.concat(begun)
  }
}

/** Keeps a stream in a file of its own while `use` runs, since an export is read at two places at once. */
export async function withSpooled<T>(
  stream: ReadableStream<Uint8Array>,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'permission-slip-export-'))
  try {
    const spool = path.join(folder, 'export.tar')
    const file = openSync(spool, 'wx', 0o600)
    try {
      for await (const chunk of stream) for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at)
    } finally {
      closeSync(file)
    }
    return await use(spool)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
