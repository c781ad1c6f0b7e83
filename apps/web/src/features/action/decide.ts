import { notifications } from '@mantine/notifications'
import type { Action } from '@permission-slip/protocol/action.ts'
import type { JsonObject } from '@permission-slip/protocol/json.ts'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ApiProblem } from '../../api.ts'
import { sayProblem } from '../../change.ts'
import { type Looked, renamed } from '../../queries.ts'
import { useApi } from '../../wiring.tsx'

export type Verdict = { approve: true; params?: JsonObject } | { approve: false; reason?: string }

/** Codes that mean: what the screen showed is not how it is any more. */
const moved = ['digest_changed', 'already_decided', 'action_expired', 'already_started', 'not_found']

/** Decides over the digest of what is on the screen; if that has moved, shows how it is now. */
export function useDecide(shown: Looked) {
  const api = useApi()
  const client = useQueryClient()
  return useMutation({
    mutationFn: (verdict: Verdict) => {
      const { digest, id } = shown
      return verdict.approve
        ? api.send<Action>('POST', `approvals/${id}/approve`, {
            digest,
            ...(verdict.params ? { params: verdict.params } : {}),
          })
        : api.send<Action>('POST', `approvals/${id}/deny`, {
            digest,
            ...(verdict.reason ? { reason: verdict.reason } : {}),
          })
    },
    onSuccess: (answer) => {
      client.setQueryData(['action', shown.id], renamed(shown, answer))
      for (const key of ['approvals', 'activity']) client.invalidateQueries({ queryKey: [key] })
    },
    onError: (e) => {
      const stale = e instanceof ApiProblem && moved.includes(e.code)
      if (stale) {
        for (const key of [['action', shown.id], ['approvals']]) client.invalidateQueries({ queryKey: key })
      }
      notifications.show({
        color: stale ? 'yellow' : 'red',
        title: stale ? 'Not decided: it has changed' : 'Not decided',
        message: sayProblem(e),
      })
    },
  })
}
