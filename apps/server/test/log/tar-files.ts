import { padding, tarEnd, tarHeader, tarMembers } from '../../src/log/tar.ts'

/** The files of an export by name, to be changed and put together again. */
export type Files = Record<'checkpoint' | 'entries.jsonl' | 'contents.jsonl' | 'keys.json', string>

export function unpack(tar: Uint8Array): Files {
  const files: Partial<Record<string, string>> = {}
  for (const [name, { offset, size }] of tarMembers(tar.length, (at, length) => tar.subarray(at, at + length))) {
    files[name] = Buffer.from(tar.subarray(offset, offset + size)).toString()
  }
  return files as Files
}

export function pack(files: Partial<Files>): Uint8Array<ArrayBuffer> {
  const parts = Object.entries(files).flatMap(([name, text]) => {
    const bytes = Buffer.from(text)
    return [tarHeader(name, bytes.length, 0), bytes, padding(bytes.length)]
  })
  return new Uint8Array(Buffer.concat([...parts, tarEnd()]))
}
