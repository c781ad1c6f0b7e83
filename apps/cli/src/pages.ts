import type { Page } from '@permission-slip/client/transport.ts'

/** A whole list, page after page, in the shape of one page. */
export async function allPages<T>(read: (cursor: { cursor?: string }) => Promise<Page<T>>): Promise<Page<T>> {
  const items: T[] = []
  let cursor: string | null = null
  do {
    const page: Page<T> = await read(cursor === null ? {} : { cursor })
    items.push(...page.items)
    cursor = page.next_cursor
  } while (cursor !== null)
  return { items, next_cursor: null }
}
