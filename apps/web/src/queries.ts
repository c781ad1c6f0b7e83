import type { Action, Approval, ApprovalDetail } from '@permission-slip/protocol/action.ts'
import type { Agent } from '@permission-slip/protocol/agent.ts'
import type { Connection } from '@permission-slip/protocol/connection.ts'
import type { ConnectorDescription, ConnectorEntry } from '@permission-slip/protocol/connector.ts'
import type { NotebookPage } from '@permission-slip/protocol/notebook.ts'
import type { Person, personalToken } from '@permission-slip/protocol/person.ts'
import type { Explanation, Rule } from '@permission-slip/protocol/rule.ts'
import { isEnd } from '@permission-slip/protocol/states.ts'
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import type { z } from 'zod'
import { type Api, ApiProblem } from './api.ts'
import type { Page, SessionAnswer, SettingsAnswer } from './types.ts'

/** What the page reads, each with its key; `live.ts` says which log entries make which of them old. */
export const sessionQuery = (api: Api) =>
  queryOptions({ queryKey: ['session'], queryFn: () => api.get<SessionAnswer>('session'), staleTime: 60_000 })

export const approvalsQuery = (api: Api) =>
  queryOptions({
    queryKey: ['approvals'],
    queryFn: async (): Promise<{ items: Approval[] }> => ({ items: await all<Approval>(api, 'approvals') }),
    // Events only hint; this catches what a lost one would hide.
    refetchInterval: 20_000,
  })

/** One action as it is looked at. `requests` and the schema are there only while it waits for a decision. */
export type Looked = Approval & Partial<ApprovalDetail>

async function look(api: Api, id: string): Promise<Looked> {
  try {
    return await api.get<ApprovalDetail>(`approvals/${id}`)
  } catch (e) {
    if (!(e instanceof ApiProblem) || !['not_found', 'already_decided', 'action_expired'].includes(e.code)) throw e
    return api.get<Approval>(`actions/${id}`)
  }
}

export const actionQuery = (api: Api, id: string) =>
  queryOptions({
    queryKey: ['action', id],
    queryFn: () => look(api, id),
    refetchInterval: ({ state }) => {
      const status = state.data?.status
      if (status === undefined || isEnd(status) || status === 'unknown') return false
      return status === 'pending' ? 20_000 : 1000
    },
  })

export const activityQuery = (api: Api, status: string) =>
  infiniteQueryOptions({
    queryKey: ['activity', status],
    queryFn: ({ pageParam }) => {
      const query = new URLSearchParams()
      if (status !== 'all') query.set('status', status)
      if (pageParam) query.set('cursor', pageParam)
      const text = query.toString()
      return api.get<Page<Approval>>(text ? `actions?${text}` : 'actions')
    },
    initialPageParam: '',
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  })

export const explainQuery = (api: Api, id: string) =>
  queryOptions({ queryKey: ['explain', id], queryFn: () => api.get<Explanation>(`actions/${id}/explain`) })

/** All of a short list, page after page. */
async function all<T>(api: Api, path: string): Promise<T[]> {
  const items: T[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Page<T> = await api.get(cursor === '' ? path : `${path}?cursor=${encodeURIComponent(cursor)}`)
    items.push(...page.items)
    cursor = page.next_cursor
  }
  return items
}

export const agentsQuery = (api: Api) =>
  queryOptions({ queryKey: ['agents'], queryFn: () => all<Agent>(api, 'agents') })
export const connectorsQuery = (api: Api) =>
  queryOptions({ queryKey: ['connectors'], queryFn: () => all<ConnectorEntry>(api, 'connectors'), staleTime: 300_000 })
export const connectorQuery = (api: Api, id: string) =>
  queryOptions({
    queryKey: ['connectors', id],
    queryFn: () => api.get<ConnectorDescription>(`connectors/${encodeURIComponent(id)}`),
    staleTime: 60_000,
  })
export const connectionsQuery = (api: Api) =>
  queryOptions({ queryKey: ['connections'], queryFn: () => all<Connection>(api, 'connections') })
export const rulesQuery = (api: Api) => queryOptions({ queryKey: ['rules'], queryFn: () => all<Rule>(api, 'rules') })
export const peopleQuery = (api: Api) =>
  queryOptions({ queryKey: ['people'], queryFn: () => all<Person>(api, 'people') })
export const tokensQuery = (api: Api) =>
  queryOptions({ queryKey: ['tokens'], queryFn: () => all<z.infer<typeof personalToken>>(api, 'tokens') })
export const notebookQuery = (api: Api) =>
  queryOptions({ queryKey: ['notebook'], queryFn: () => all<NotebookPage>(api, 'notebook') })
export const settingsQuery = (api: Api) =>
  queryOptions({ queryKey: ['settings'], queryFn: () => api.get<SettingsAnswer>('settings') })
export const checkpointQuery = (api: Api) =>
  queryOptions({ queryKey: ['checkpoint'], queryFn: () => api.text('log/checkpoint') })

/** The answer to a change of an action has no names in it; keep those that are shown. */
export const renamed = (shown: Looked, answer: Action): Looked => ({ ...shown, ...answer })
