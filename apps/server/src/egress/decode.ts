import zlib from 'node:zlib'
import { BadAnswer } from '@permission-slip/connectors/kit/faults.ts'
import type { RawAnswer } from './http.ts'

/**
 * The body as the service meant it, never more than `maxBytes`. Of an answer that is no success only the beginning is
 * kept; a success that is too large or can't be unpacked happened all the same: BadAnswer.
 */
export async function decoded(answer: RawAnswer, maxBytes: number): Promise<Uint8Array> {
  const success = answer.status < 300
  if (answer.cut && success) throw tooLarge(answer.status, maxBytes)
  const codings = (answer.headers['content-encoding'] ?? '')
    .split(',')
    .map((one) => one.trim().toLowerCase())
    .filter((one) => one !== '' && one !== 'identity')
  if (codings.length === 0 || answer.raw.length === 0) return answer.raw
  try {
    if (codings.length > 1) throw new BadAnswer('The answer is packed more than once.')
    return await unpack(codings[0] ?? '', answer.raw, maxBytes)
  } catch (error) {
    if (!success) return new Uint8Array()
    if (error instanceof BadAnswer) throw error
    const large = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
    throw (large && tooLarge(answer.status, maxBytes)) || new BadAnswer("The answer can't be unpacked.")
  }
}

function unpack(coding: string, raw: Uint8Array, maxOutputLength: number): Promise<Uint8Array> {
  const run = unpackers[coding]
  if (!run) throw new BadAnswer(`The answer is packed as "${coding.slice(0, 20)}", which was not asked for.`)
  return new Promise((resolve, reject) =>
    run(raw, { maxOutputLength }, (error, result) => (error ? reject(error) : resolve(new Uint8Array(result)))),
  )
}

type Unpack = (
  raw: Uint8Array,
  limits: { maxOutputLength: number },
  done: (error: Error | null, result: Buffer) => void,
) => void
/** `unzip` takes gzip and zlib's deflate. */
const unpackers: Readonly<Record<string, Unpack>> = {
  gzip: zlib.unzip,
  'x-gzip': zlib.unzip,
  deflate: zlib.unzip,
  br: zlib.brotliDecompress,
}

/** An answer that was made, and can't be used: of a refusal the beginning is enough. */
const tooLarge = (status: number, maxBytes: number): BadAnswer | null =>
  status >= 300 ? null : new BadAnswer(`The answer is larger than ${maxBytes} bytes.`, 'answer_too_large')
