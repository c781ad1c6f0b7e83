import { z } from 'zod'

/**
 * Kinds of parameters. What JSON Schema has no word for stands under `x-kind`, where forms and the rules page read it.
 * None changes a value: what the agent sent is what is shown and decided over.
 */
export const email = () => z.email().max(254)
/** RFC 3339 with an offset or `Z`. */
export const instant = () => z.iso.datetime({ offset: true })
export const url = () => z.url({ protocol: /^https?$/, error: 'expected a web address (https://…)' }).max(2048)

/** SQL, a script, a template: rules offer only exactly this, or anything. */
export const code = (language: string) => z.string().min(1).meta({ 'x-kind': 'code', 'x-language': language })

/** An amount in the currency's smallest unit (whole), or in the currency itself. Its action declares `amount`. */
export const money = (unit: 'minor' | 'major') =>
  (unit === 'minor' ? z.int() : z.number()).positive().meta({ 'x-kind': 'money', 'x-unit': unit })

export const maxInlineFile = 64 * 1024
const fileName = z.string().min(1).max(255)
const mediaType = z
  .string()
  .regex(/^[\w.+-]+\/[\w.+-]+(;.*)?$/, 'expected a media type such as text/plain')
  .max(200)
const fileId = z.string().regex(/^fil_[0-9a-z]+$/, 'expected a file id (fil_…)')
const base64 = z.base64().max(Math.ceil(maxInlineFile / 3) * 4)

/** A file as parameters hold it once the server has stored it: the bytes are fixed by their digest. */
export const fileRef = z.strictObject({
  id: fileId,
  name: fileName,
  type: mediaType,
  size: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in lower-case hex'),
})
/** A small file inside the parameters; the server stores it and puts its `fileRef` there before anyone decides. */
export const inlineFile = z.union([
  z.strictObject({ name: fileName, type: mediaType, text: z.string().max(maxInlineFile) }),
  z.strictObject({ name: fileName, type: mediaType, base64 }),
])
/** `fil_…`, a small file written out, or a stored one. `findFiles` tells the server where they are. */
export const file = () => z.union([fileId, inlineFile, fileRef]).meta({ 'x-kind': 'file' })
