import type { Command } from '../command.ts'

type Load = () => Promise<readonly Command[]>
const actions: Load = async () => (await import('./actions.ts')).commands
const deciding: Load = async () => (await import('./deciding.ts')).commands
const server: Load = async () => (await import('./server.ts')).commands
const later: Load = async () => (await import('./later.ts')).commands

/** Every command, by its first word. Loaded when it is called: `submit` has no need of the server. */
export const groups: Readonly<Record<string, Load>> = {
  serve: async () => (await import('./serve.ts')).commands,
  setup: async () => (await import('./setup.ts')).commands,
  agent: async () => [...(await import('./enroll.ts')).commands, ...(await import('./agents.ts')).commands],
  submit: actions,
  status: actions,
  cancel: actions,
  connectors: async () => (await import('./connectors.ts')).commands,
  connections: async () => (await import('./connections.ts')).commands,
  approvals: deciding,
  approve: deciding,
  deny: deciding,
  settle: deciding,
  retry: deciding,
  rules: async () => [...(await import('./rules.ts')).commands, ...(await later())],
  log: async () => (await import('./log.ts')).commands,
  keys: server,
  freeze: server,
  unfreeze: server,
  clock: server,
  backup: later,
  restore: later,
  recover: later,
  doctor: async () => (await import('./doctor.ts')).commands,
  mcp: later,
}

export async function loadAll(): Promise<readonly Command[]> {
  const loaded = await Promise.all(
    Object.entries(groups).map(async ([first, load]) => (await load()).filter(({ words }) => words[0] === first)),
  )
  return [...new Set(loaded.flat())]
}
