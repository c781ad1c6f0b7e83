import { z } from 'zod'
import { instant } from './action.ts'

/** A page of the notebook, as people read it. */
export const notebookPage = z.strictObject({
  page: z.string(),
  body: z.string(),
  version: z.number().int(),
  updated_at: instant,
})
export type NotebookPage = z.infer<typeof notebookPage>
