import type { LogEvent } from '@permission-slip/protocol/events.ts'
import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'

/** Which reads a log entry makes old, by the first part of its type. */
const touched: Record<string, string[]> = {
  action: ['approvals', 'activity', 'explain', 'notebook'],
  rule: ['rules', 'explain', 'approvals'],
  agent: ['agents', 'approvals'],
  connection: ['connections', 'connectors'],
  person: ['people', 'tokens', 'session'],
  settings: ['settings'],
}

export function applyEvent(client: QueryClient, event: Pick<LogEvent, 'type' | 'subject'>): void {
  const kind = event.type.split('.')[0] ?? ''
  for (const key of touched[kind] ?? []) client.invalidateQueries({ queryKey: [key] })
  if (kind === 'action') {
    client.invalidateQueries({ queryKey: event.subject ? ['action', event.subject] : ['action'] })
  }
  client.invalidateQueries({ queryKey: ['checkpoint'] })
}

export type Live = 'live' | 'connecting'

/** Server-sent events: each is a log entry's type and subject. Events only hint; what is shown is read again. */
export function useLive(): Live {
  const client = useQueryClient()
  const [live, setLive] = useState<Live>('connecting')
  useEffect(() => {
    let source: EventSource | null = null
    let retry: ReturnType<typeof setTimeout> | undefined
    let lost = false
    const open = () => {
      source = new EventSource('/api/v1/events')
      source.addEventListener('open', () => {
        setLive('live')
        if (lost) client.invalidateQueries()
        lost = false
      })
      source.addEventListener('log', (message) => {
        applyEvent(client, JSON.parse(message.data) as LogEvent)
      })
      source.addEventListener('error', () => {
        setLive('connecting')
        lost = true
        // The browser reconnects by itself unless the answer was an error: then it gives up, and we do not.
        if (source?.readyState === EventSource.CLOSED) {
          retry = setTimeout(open, 3000)
          client.invalidateQueries({ queryKey: ['session'] })
        }
      })
    }
    open()
    return () => {
      clearTimeout(retry)
      source?.close()
    }
  }, [client])
  return live
}
