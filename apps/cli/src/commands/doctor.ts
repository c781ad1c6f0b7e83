import type { Finding } from '@permission-slip/server/doctor/examine.ts'
import { oneShot, serverUrl } from '../caller.ts'
import type { Command, Context } from '../command.ts'
import { readProfiles } from '../profiles.ts'
import { line, paint } from '../text.ts'

const doctor: Command = {
  words: ['doctor'],
  args: [],
  options: {},
  about: 'looks for what is wrong with an installation, and says how to mend it; run it as the server’s user',
  run: async (given, context) => {
    const { examine } = await import('@permission-slip/server/doctor/examine.ts')
    const { builtAt } = await import('@permission-slip/server/serve.ts')
    const uid = process.getuid?.() ?? 0
    const agents = agentsHere(context)
    const seen = await examine({ env: context.env.all, uid, agents: agents.names, now: Date.now(), builtAt })
    const asked = given.has('url')
    // Its own name, unless `--url` says another; where its settings can't be read, nobody is asked.
    const url = asked ? serverUrl(given, context) : seen.running ? seen.publicUrl : null
    const findings = [...seen.findings, ...agents.findings, ...(url === null ? [] : await ready(url))]
    const bad = findings.filter(({ state }) => state === 'wrong').length
    return { json: { ok: bad === 0, findings }, text: shown(findings, bad), exit: bad === 0 ? 0 : 1 }
  },
}

const wrong = (check: string, say: string, mend: string): Finding => ({ check, state: 'wrong', say, mend })

function agentsHere({ env }: Context): { names: string[]; findings: Finding[] } {
  try {
    return { names: readProfiles(env.profileDir).map(({ name }) => name), findings: [] }
  } catch (cause) {
    const say = cause instanceof Error ? cause.message : String(cause)
    return { names: [], findings: [wrong('agent profiles', say, `Mend ${env.profileDir}, or enrol the agent again.`)] }
  }
}

/** What the running server says of itself. */
async function ready(url: string): Promise<Finding[]> {
  const check = 'answers'
  let answer: Response
  try {
    answer = await oneShot(`${url}/readyz`, { redirect: 'manual', signal: AbortSignal.timeout(15_000) })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    return [
      wrong(
        check,
        `Nothing answers at ${url}: ${why}`,
        'Is the server running, and is that its address? Say it with --url.',
      ),
    ]
  }
  const why = reasons(await answer.json().catch(() => null))
  if (why === null)
    return [
      wrong(
        check,
        `What answers at ${url} (status ${answer.status}) is not this server.`,
        'A proxy, another program, or a wrong address: look at PERMISSION_SLIP_PUBLIC_URL and what stands before it.',
      ),
    ]
  if (why.length === 0) return [{ check, state: 'well', say: `The server is ready at ${url}.`, mend: null }]
  return why.map((one) => wrong(check, `The server at ${url} is not ready: ${one}.`.replace(/\.\.$/, '.'), mendOf(one)))
}

function reasons(body: unknown): string[] | null {
  if (typeof body !== 'object' || body === null || !('ready' in body) || !('why' in body)) return null
  return Array.isArray(body.why) ? body.why.filter((one) => typeof one === 'string') : null
}

const mends: readonly [about: RegExp, mend: string][] = [
  [/clock/, 'Set the clock of that machine. If it is right: permission-slip clock confirm'],
  [/checkpoint/, 'Bring the newer database back, or: permission-slip restore --accept-rollback'],
  [/schema/, 'Start the newer version of the server.'],
  [/free/, 'Make room on the disk of the data directory.'],
  [/database/, 'Look at the database and its disk; the server’s log has its words.'],
]
const mendOf = (why: string): string =>
  mends.find(([about]) => about.test(why))?.[1] ?? 'The server’s log (JSON lines on stderr) says more.'

const colours = { well: 'green', note: 'yellow', wrong: 'red' } as const

function shown(findings: readonly Finding[], bad: number): string {
  const lines = findings.flatMap(({ check, state, say, mend }) => [
    line`${paint(colours[state], state.padEnd(5))}  ${check}: ${say}`,
    ...(mend === null ? [] : [line`       ${mend}`]),
  ])
  return [...lines, bad === 0 ? 'All is well.' : line`${bad} to mend.`].join('\n')
}

export const commands: readonly Command[] = [doctor]
