import type { Json } from '@permission-slip/protocol/json.ts'
import { z } from 'zod'
import { defineConnector, driven } from '../kit/define.ts'
import type { Io } from '../kit/io.ts'
import { say } from '../kit/say.ts'
import type { Probed } from '../kit/types.ts'

const page = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}]+$/u, 'expected a name on one line')
const body = z.string().max(256 * 1024)

/** The pages are in our own database, written together with who did it: what is not there did not happen. */
const probe = (result: (did: Json) => Json) => ({
  run: async (_: unknown, io: Io): Promise<Probed> => {
    const did = await io.notebook.done()
    return did === undefined ? { found: false, certain: true } : { found: true, result: result(did) }
  },
  settles_after_s: 0,
})

/** Pages kept by this server and shown in the app: the same gate, log and recovery as for every other service. */
export const notebook = defineConnector({
  id: 'notebook',
  name: 'Notebook',
  description: 'Pages kept by this server and shown in the app. Needs no account.',
  docs: '',
  account: false,
  driver: 'notebook',
  actions: {
    // `run` is the way here because the pages are rows of this server, not a service behind HTTP.
    write: driven({
      title: 'Write a page',
      description: 'Makes a page, or replaces the one of that name.',
      effect: 'create',
      params: { page, body },
      summary: (p) => say`Write the page ${p.page}: ${p.body}`,
      result: {
        page: z.string(),
        version: z.number(),
        created: z.boolean(),
        /** What stood there before, so that it can be put back. */
        previous: z.string().nullable(),
      },
      undo: { action: 'write', say: 'Write what stood there before, which the result holds, or erase a new page.' },
      pins: {
        page: { unpinned: 'If the page changes before this runs, the newer text is replaced; the result keeps it.' },
      },
      run: (p, io) => io.notebook.write(p.page, p.body),
      probe: probe((did) => did),
      example: { params: { page: 'Shopping', body: 'Milk, bread' } },
    }),
    read: driven({
      title: 'Read a page',
      description: 'The text of a page; `page` is null if there is none of that name.',
      effect: 'read',
      params: { page },
      summary: (p) => say`Read the page ${p.page}`,
      result: {
        page: z.object({ page: z.string(), body: z.string(), version: z.number(), updated_at: z.string() }).nullable(),
      },
      run: async (p, io) => ({ page: await io.notebook.read(p.page) }),
      example: { params: { page: 'Shopping' } },
    }),
    list: driven({
      title: 'List the pages',
      effect: 'read',
      params: {},
      summary: () => say`List the pages of the notebook`,
      result: { pages: z.array(z.object({ page: z.string(), version: z.number(), updated_at: z.string() })) },
      run: async (_, io) => ({ pages: await io.notebook.list() }),
      example: { params: {} },
    }),
    erase: driven({
      title: 'Erase a page',
      description: 'Removes a page. Its text comes back in `erased`, which is null if there was no such page.',
      effect: 'delete',
      params: { page },
      summary: (p) => say`Erase the page ${p.page}`,
      result: { erased: z.object({ page: z.string(), body: z.string() }).nullable() },
      undo: { action: 'write', say: 'Write the page again with the text that the result holds.' },
      pins: { page: { unpinned: 'The page can change before it is erased; the result keeps its last text.' } },
      run: async (p, io) => ({ erased: await io.notebook.erase(p.page) }),
      probe: probe((did) => ({ erased: did })),
      example: { params: { page: 'Shopping' } },
    }),
  },
})
