import { randomBytes } from 'node:crypto'

/** Random bytes in base64url: what only its holder knows. */
export const randomText = (bytes: number): string => randomBytes(bytes).toString('base64url')
