import type { ActionRow, ActionStepRow, IdempotencyRow } from './actions.ts'
import type { AgentKeyRow, AgentRow, AgentTokenRow, InvitationRow, NonceRow } from './agents.ts'
import type { ConnectionRow, ConnectionSecretRow } from './connections.ts'
import type { FileRow, NotebookOpRow, NotebookPageRow } from './contents.ts'
import type { CheckpointRow, LogContentRow, LogEntryRow, LogKeyRow, LogTileRow } from './log.ts'
import type { PersonalTokenRow, PersonRow, SetupTokenRow } from './people.ts'
import type { RuleRow, RuleVersionRow } from './rules.ts'
import type { AttemptRow, CopyRow, MetaRow, SettingRow } from './server.ts'
import type { AuthAccountRow, AuthBackupCodeRow, AuthSessionRow, AuthTotpPendingRow } from './sign-in.ts'

/**
 * Every table. Columns are text, integer and bytes only: booleans are 0 and 1, JSON is text (canonical), instants are
 * integer milliseconds since 1970. One file a group of tables.
 */
export interface Tables {
  meta: MetaRow
  settings: SettingRow
  copies: CopyRow
  attempts: AttemptRow
  log_entries: LogEntryRow
  log_contents: LogContentRow
  log_tiles: LogTileRow
  log_checkpoints: CheckpointRow
  log_keys: LogKeyRow
  actions: ActionRow
  action_steps: ActionStepRow
  idempotency_keys: IdempotencyRow
  agents: AgentRow
  agent_keys: AgentKeyRow
  agent_tokens: AgentTokenRow
  invitations: InvitationRow
  nonces: NonceRow
  connections: ConnectionRow
  connection_secrets: ConnectionSecretRow
  rules: RuleRow
  rule_versions: RuleVersionRow
  people: PersonRow
  personal_tokens: PersonalTokenRow
  setup_tokens: SetupTokenRow
  auth_accounts: AuthAccountRow
  auth_backup_codes: AuthBackupCodeRow
  auth_sessions: AuthSessionRow
  auth_totp_pending: AuthTotpPendingRow
  files: FileRow
  notebook_pages: NotebookPageRow
  notebook_ops: NotebookOpRow
}
