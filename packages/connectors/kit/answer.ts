import type { Json } from '@permission-slip/protocol/json.ts'
import { z } from 'zod'
import { toBase64 } from './base64.ts'
import { BadAnswer, ServiceFault } from './faults.ts'
import type { HttpRequest, WireAnswer } from './types.ts'

/** The newer `JSON.parse`, which also hands the reviver the text of each number (TC39 source text access). */
interface SourceJson {
  parse(text: string, reviver: (key: string, value: Json, context?: { source?: string }) => Json | undefined): Json
}
const sourceJson: SourceJson = JSON

/**
 * A service's JSON. Whole numbers beyond 2^53 stay exact as text, since rounded ids name something else; `__proto__`
 * is dropped. An empty body is null.
 */
export function parseJson(bytes: Uint8Array): Json {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  if (text.trim() === '') return null
  return sourceJson.parse(text, (key, value, context) => {
    if (key === '__proto__') return undefined
    if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
    const source = context?.source
    if (source !== undefined && /^-?\d+$/.test(source)) return source
    return Number.isFinite(value) ? value : (source ?? null)
  })
}

export function decode(request: HttpRequest, answer: WireAnswer): Json {
  return request.decode ? request.decode(answer) : parseJson(answer.body)
}

export const asText = (answer: WireAnswer): Json => ({ text: new TextDecoder().decode(answer.body) })
export const asBase64 = (answer: WireAnswer): Json => ({
  type: answer.headers['content-type'] ?? 'application/octet-stream',
  base64: toBase64(answer.body),
})

type Shape = Readonly<Record<string, z.ZodType>>
export type ResultSpec = z.ZodType | Shape
export type Out<S extends ResultSpec> = S extends z.ZodType
  ? z.output<S>
  : S extends Shape
    ? z.output<z.ZodObject<S>>
    : never
export const schemaOf = (spec: ResultSpec): z.ZodType => (spec instanceof z.ZodType ? spec : z.object(spec))

/**
 * One request of several: `const up = yield* call(post(…), { upload_url: z.url() })`. The driver has checked the
 * status. An answer that lacks what the next step needs ends the action there; after the last request of an action,
 * `completes` says that everything was done and only its answer is missing.
 */
export function* call<S extends ResultSpec>(
  request: HttpRequest,
  spec: S,
  { completes = false }: { completes?: boolean } = {},
): Generator<HttpRequest, Out<S>, WireAnswer> {
  let answer: WireAnswer
  try {
    answer = yield request
  } catch (error) {
    // Too large, or packed as nobody can unpack it: as unreadable as one that came.
    if (!(error instanceof BadAnswer)) throw error
    if (completes) throw new BadAnswer(error.message, error.code)
    throw new ServiceFault('service_failed', `${error.message} The steps after it were not sent.`)
  }
  const read = readAs(spec, request, answer)
  if (read.ok) return read.value
  if (completes) throw new BadAnswer(read.why)
  throw new ServiceFault('service_failed', `${read.why}; the steps after it were not sent`)
}

/** What a check or a probe reads of an answer. Throws where the answer is not as described. */
export function readAnswer<S extends ResultSpec>(spec: S, answer: WireAnswer): Out<S> {
  let value: Json
  try {
    value = parseJson(answer.body)
  } catch {
    throw new BadAnswer('The answer of the service can not be read.')
  }
  const parsed = schemaOf(spec).safeParse(value)
  if (parsed.success) return parsed.data as Out<S>
  throw new BadAnswer(`The answer of the service is not as described: ${missing(parsed.error)}.`)
}

/** One request of several whose status and headers matter: the answer as it came. */
export function* answerTo(request: HttpRequest): Generator<HttpRequest, WireAnswer, WireAnswer> {
  return yield request
}

type Read<S extends ResultSpec> = { ok: true; value: Out<S> } | { ok: false; why: string }
function readAs<S extends ResultSpec>(spec: S, request: HttpRequest, answer: WireAnswer): Read<S> {
  let value: Json
  try {
    value = decode(request, answer)
  } catch {
    return { ok: false, why: 'an answer of the service can not be read' }
  }
  const parsed = schemaOf(spec).safeParse(value ?? {})
  if (!parsed.success)
    return { ok: false, why: `an answer of the service lacks what is needed: ${missing(parsed.error)}` }
  return { ok: true, value: parsed.data as Out<S> }
}

/** The fields that are wrong, by name only: what the service sent is never repeated. */
export const missing = (error: z.ZodError): string =>
  [...new Set(error.issues.slice(0, 5).map((i) => i.path.map(String).join('.') || 'the whole'))].join(', ')
