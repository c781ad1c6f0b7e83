import type { ConnectionTest } from '../connections/test-permit.ts'
import type { Approved } from './settle.ts'

/** What opens a credential and lets a request leave: nothing else is accepted by the vault or by egress. */
export type Permit = Approved | ConnectionTest
