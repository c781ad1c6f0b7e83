import { createContext, useContext } from 'react'
import type { Api } from './api.ts'
import type { FreshGate } from './fresh-gate.ts'
import type { SessionSecret } from './session-secret.ts'

/** What `main.tsx` makes once and every screen may use. */
export interface Wiring {
  api: Api
  gate: FreshGate
  secret: SessionSecret
}
export const WiringContext = createContext<Wiring | null>(null)

export function useWiring(): Wiring {
  const wiring = useContext(WiringContext)
  if (!wiring) throw new Error('no wiring above this component')
  return wiring
}
export const useApi = (): Api => useWiring().api
