import type { Json } from '@permission-slip/protocol/json.ts'
import { z } from 'zod'
import { parseJson } from '../../kit/answer.ts'
import { form, json, type Loose } from '../../kit/body.ts'
import { path } from '../../kit/path.ts'
import { post } from '../../kit/request.ts'
import type { HttpRequest, WireAnswer } from '../../kit/types.ts'

type Arguments = Readonly<Record<string, Loose>>

/** A method that changes something. JSON, with the charset that Slack asks for. */
export const write = (method: string, args: Arguments): HttpRequest =>
  post(path`/api/${method}`, json(args), { headers: { 'content-type': 'application/json; charset=utf-8' } })

/** A method that only reads: Slack takes the arguments of most of these as a form alone. */
export const read = (method: string, args: Arguments, decode?: (answer: WireAnswer) => Json): HttpRequest =>
  post(path`/api/${method}`, form(args), { reads: true, ...(decode === undefined ? {} : { decode }) })

/** Slack says where a list goes on below `response_metadata`, by an empty text if it does not. */
export function listed(answer: WireAnswer): Json {
  const body = parseJson(answer.body)
  if (body === null || typeof body !== 'object' || Array.isArray(body)) return body
  const more = z.object({ next_cursor: z.string().min(1) }).safeParse(body['response_metadata'])
  return { ...body, next_cursor: more.data?.next_cursor ?? null }
}
export const next_cursor = z.string().nullable()
export const cursor = z.string().min(1).max(1000)

/** A channel, private channel or direct message, by its id. */
export const channelId = z.string().regex(/^[CDG][A-Z0-9]{2,30}$/, 'expected the id of a channel, such as C024BE91L')
/** Where a message goes: a channel by id or `#name`, or a person by id. */
export const destination = z
  .string()
  .regex(
    /^([CDGUW][A-Z0-9]{2,30}|#[\p{Ll}\p{Lo}\p{N}_-]{1,80})$/u,
    'expected a channel (C024BE91L or #general) or a person (U024BE7LH)',
  )
export const userId = z.string().regex(/^[UW][A-Z0-9]{2,30}$/, 'expected the id of a person, such as U024BE7LH')
/** A message's name within its channel. */
export const ts = z.string().regex(/^\d{10}\.\d{6}$/, 'expected the ts of a message, such as 1503435956.000247')
/** Slack cuts what is longer. */
export const text = z.string().min(1).max(40_000)

export const byName = { unpinned: 'A channel given by its name is the one that has that name when this runs.' }
export const moving = { unpinned: 'The message can change after you approve.' }
