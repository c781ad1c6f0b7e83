import { z } from 'zod'

export const key = z.string().min(1).max(4096)
export const value = z.string().max(1024 * 1024)
export const values = z.array(value).min(1).max(1000)
export const field = z.string().max(4096)
export const index = z.int()
export const ttl = z
  .int()
  .min(1)
  .max(10 * 365 * 86_400)
export const count = z.int().min(1).max(1000)
export const cursor = z.string().regex(/^\d{1,20}$/, 'expected the cursor of the last answer, or 0')
export const pattern = z.string().min(1).max(1000)

export const text = z.string().nullable()
export const n = z.number()
export const ok = { done: z.boolean() }

/** What a key holds may differ when the action runs; Redis has no version that a command could name. */
export const moving = { unpinned: 'What the key holds can change after you approve.' }
