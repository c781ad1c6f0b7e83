import type { LogEvent } from '@permission-slip/protocol/events.ts'
import type { Transport } from './transport.ts'

/** One block of a server-sent event stream (WHATWG HTML, 9.2): its fields by name, comments dropped. */
export function readEvent(block: string): { id: string | null; data: string } | null {
  let id: string | null = null
  const data: string[] = []
  for (const line of block.split(/\r\n|\r|\n/)) {
    const colon = line.indexOf(':')
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'id' && !value.includes('\0')) id = value
    if (name === 'data') data.push(value)
  }
  return data.length === 0 ? null : { id, data: data.join('\n') }
}

/**
 * The log's events as they happen, from `after` (a sequence number) on. Ends when the server closes the stream; call
 * again with the last `seq` to go on without a gap.
 */
export async function* events(
  t: Transport,
  options: { after?: number; signal?: AbortSignal } = {},
): AsyncGenerator<LogEvent> {
  const headers = {
    accept: 'text/event-stream',
    ...(options.after === undefined ? {} : { 'last-event-id': String(options.after) }),
  }
  const response = await t.response('GET', '/api/v1/events', { headers, timeout: null, signal: options.signal })
  if (!response.body) return
  let rest = ''
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + chunk).split(/\r\n\r\n|\n\n|\r\r/)
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = readEvent(block)
      if (event) yield JSON.parse(event.data) as LogEvent
    }
  }
}
