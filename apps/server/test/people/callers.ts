import { limits } from '@permission-slip/protocol/agent.ts'
import type { AgentCaller } from '../../src/http/caller.ts'

export const defaultAgent: AgentCaller = {
  kind: 'agent',
  id: 'agt_1',
  key: 'k',
  nonce: null,
  status: 'active',
  name: 'bot',
  limits: limits.parse({}),
  access: null,
  defaultExpiry: 86_400,
}
