import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import { paramsSchema } from '../kit/schema.ts'
import type { Action } from '../kit/types.ts'

/** Another valid value of a parameter than `now`, found by its JSON Schema; undefined if there is none. */
export function another(action: Action, name: string, now: Json | undefined): Json | undefined {
  const properties = paramsSchema(action)['properties'] as JsonObject
  return candidates(properties[name] as JsonObject, now).find((v) => {
    if (JSON.stringify(v) === JSON.stringify(now)) return false
    return action.params.safeParse({ ...action.example.params, [name]: v }).success
  })
}

function candidates(schema: JsonObject, now: Json | undefined): Json[] {
  const made: Json[] = []
  // A stored file under another name: another id would name bytes that an example does not have.
  if (schema['x-kind'] === 'file' && now !== null && typeof now === 'object' && !Array.isArray(now))
    made.push({ ...now, name: `other-${String(now['name'])}` })
  if (Array.isArray(schema['enum'])) made.push(...schema['enum'])
  if (Array.isArray(schema['anyOf'])) for (const s of schema['anyOf']) made.push(...candidates(s as JsonObject, now))
  if (typeof now === 'string') made.push(`${now}x`, `${now}1`, now.replace(/\d/, '9'))
  if (typeof now === 'number') made.push(now + 1, now - 1)
  if (typeof now === 'boolean') made.push(!now)
  if (Array.isArray(now) && now.length > 0) {
    for (const v of candidates((schema['items'] ?? {}) as JsonObject, now[0])) made.push([v, ...now.slice(1)])
  }
  if (now !== null && typeof now === 'object' && !Array.isArray(now)) {
    for (const [key, v] of Object.entries(now))
      for (const w of candidates(((schema['properties'] as JsonObject | undefined)?.[key] ?? {}) as JsonObject, v))
        made.push({ ...now, [key]: w })
  }
  // Ids, names and amounts of services are all but alike: one text of each kind fits most patterns.
  made.push('a@example.org', 'usd', 'pi_1', '1700000000.000001')
  made.push('other', '7', '2026-02-02T00:00:00Z', 7, 8, true, false, ['other'], [7], { other: 'value' })
  return made
}
