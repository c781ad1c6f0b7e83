import { useQuery } from '@tanstack/react-query'
import type { Invitation } from '../../types.ts'
import { useApi } from '../../wiring.tsx'

const kept = 'permission-slip-invitation'

function stored(): Invitation | null {
  const text = sessionStorage.getItem(kept)
  if (!text) return null
  const invitation: Invitation = JSON.parse(text)
  // A code about to run out is of no use to somebody who still has to paste it.
  return Date.parse(invitation.expires_at) > Date.now() + 60_000 ? invitation : null
}

/** The invite code of the first-action page: made once, kept over reloads until it runs out or was used. */
export function useInvitation(wanted: boolean) {
  const api = useApi()
  return useQuery({
    queryKey: ['welcome-invitation'],
    enabled: wanted,
    staleTime: 13 * 60_000,
    refetchInterval: 13 * 60_000,
    retry: false,
    refetchOnWindowFocus: false,
    queryFn: async () => {
      const known = stored()
      if (known) return known
      const made = await api.send<Invitation>('POST', 'agents/invitations', {})
      sessionStorage.setItem(kept, JSON.stringify(made))
      return made
    },
  })
}

/** After an agent used the code, the next visit makes a new one. */
export const forgetInvitation = () => sessionStorage.removeItem(kept)
