import type { Action, Approval, ApprovalDetail } from '@permission-slip/protocol/action.ts'
import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import type { Explanation, NewRule, newRule, patchRule, Rule } from '@permission-slip/protocol/rule.ts'
import type { z } from 'zod'
import type { Answer, Page, Transport } from './transport.ts'

export interface ApprovalsApi {
  list(filter?: { cursor?: string }): Promise<Page<Approval>>
  get(id: string): Promise<ApprovalDetail>
  /** `digest` is the one that was on the screen. */
  approve(
    id: string,
    decision: { digest: string; params?: JsonObject; new_digest?: string; signature?: Json },
  ): Promise<Action>
  deny(id: string, decision: { digest: string; reason?: string }): Promise<Action>
  batch(decision: JsonObject): Promise<Answer>
}

export function approvalsApi(t: Transport): ApprovalsApi {
  const at = (id: string, verb = '') => `/api/v1/approvals/${encodeURIComponent(id)}${verb}`
  return {
    list: (filter = {}) => t.json('GET', '/api/v1/approvals', { query: filter }),
    get: (id) => t.json('GET', at(id)),
    approve: (id, decision) => t.json('POST', at(id, '/approve'), { json: decision }),
    deny: (id, decision) => t.json('POST', at(id, '/deny'), { json: decision }),
    batch: (decision) => t.json('POST', '/api/v1/approvals/batch', { json: decision }),
  }
}

export interface RulesApi {
  list(filter?: { cursor?: string }): Promise<Page<Rule>>
  get(id: string): Promise<Rule>
  add(rule: z.input<typeof newRule>): Promise<Rule>
  change(id: string, change: z.input<typeof patchRule>): Promise<Rule>
  remove(id: string): Promise<Answer>
  test(rule: NewRule): Promise<Explanation>
}

export function rulesApi(t: Transport): RulesApi {
  const at = (id: string) => `/api/v1/rules/${encodeURIComponent(id)}`
  return {
    list: (filter = {}) => t.json('GET', '/api/v1/rules', { query: filter }),
    get: (id) => t.json('GET', at(id)),
    add: (rule) => t.json('POST', '/api/v1/rules', { json: rule }),
    change: (id, change) => t.json('PATCH', at(id), { json: change }),
    remove: (id) => t.json('DELETE', at(id)),
    test: (rule) => t.json('POST', '/api/v1/rules/test', { json: rule }),
  }
}
