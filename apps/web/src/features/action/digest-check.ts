import { actionPreimage } from '@permission-slip/protocol/digest.ts'
import { useQuery } from '@tanstack/react-query'
import type { Looked } from '../../queries.ts'

function salt(text: string): Uint8Array {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (c) => c.charCodeAt(0))
}

/** Whether the digest is really over what is on the screen. Null where the browser can't compute it (plain http). */
export async function digestHolds(a: Looked): Promise<boolean | null> {
  if (!globalThis.crypto?.subtle) return null
  const preimage = actionPreimage(a, salt(a.salt))
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(preimage)))
  const hex = [...hash].map((b) => b.toString(16).padStart(2, '0')).join('')
  return a.digest === `sha256:${hex}`
}

export function useDigestHolds(a: Looked): boolean | null {
  const check = useQuery({ queryKey: ['digest', a.id, a.digest], queryFn: () => digestHolds(a), staleTime: Infinity })
  return check.isError ? false : (check.data ?? null)
}
