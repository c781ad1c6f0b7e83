import os from 'node:os'
import { type AgentClient, createAgentClient } from '@permission-slip/client/client.ts'
import { ApiError } from '@permission-slip/client/errors.ts'
import { generateKeyPair, signerOf, thumbprintBytes } from '@permission-slip/client/keys.ts'
import { mayPass, pause } from '@permission-slip/client/settle-wait.ts'
import { fingerprintWords } from '@permission-slip/protocol/agent.ts'
import { wordlist } from '@scure/bip39/wordlists/english.js'
import { oneShot, originOf } from '../caller.ts'
import { type Command, type Context, type Outcome, wholeNumber } from '../command.ts'
import { failure, UsageError } from '../failure.ts'
import { changeProfiles, codeDigest, type Profile, readProfiles } from '../profiles.ts'
import { line, paint } from '../text.ts'

export const wordsOf = async (publicKey: string): Promise<string[]> =>
  fingerprintWords(await thumbprintBytes(publicKey), wordlist)

const enroll: Command = {
  words: ['agent', 'enroll'],
  args: ['URL', 'CODE'],
  options: {
    name: { type: 'string', value: 'N', about: 'what the agent calls itself' },
    wait: { type: 'string', value: 'SECONDS', about: 'how long to wait for the owner (without end unless given)' },
  },
  about: 'makes a key for an agent on this account, and waits for the owner to confirm it',
  run: async (given, context) => {
    const url = originOf(given.args[0] ?? '', 'URL')
    const code = (given.args[1] ?? '').trim().toUpperCase()
    if (!/^PS-[A-Z0-9]{4}-[A-Z0-9]{4}$/.test(code)) throw new UsageError('CODE: expected a code like PS-ABCD-EFGH.')
    const seconds = wholeNumber(given, 'wait', 0, 7 * 86_400)
    const name = (given.text('name') ?? `agent on ${os.hostname()}`).trim().slice(0, 80)
    if (name === '') throw new UsageError('--name: expected 1 to 80 characters.')

    const profile = await keyFor(context, { url, code: codeDigest(code), name })
    const client = createAgentClient({ url, signer: await signerOf(profile), fetch: oneShot })
    const agent = await bring(client, profile, code, context)
    const words = await wordsOf(profile.public_key)
    context.terminal.note(
      line`Enrolled as ${paint('bold', profile.name)} (${agent}). Its key in six words:\n\n  ${paint('bold', words.join('  '))}\n`,
    )
    if (seconds !== 0) context.terminal.note('Waiting for the owner to confirm it, who asks for two of them …')
    const status = await confirmed(client, seconds === undefined ? null : Date.now() + seconds * 1000)
    return outcome(profile, agent, status, words)
  },
}

function outcome(profile: Profile, agent: string, status: string, words: string[]): Outcome {
  const json = { agent, key: profile.keyid, status, name: profile.name, url: profile.url, words }
  const next = `permission-slip submit notebook.write --params '{"page":"hello","body":"Hello from an agent"}' --wait 60`
  const text =
    status === 'active'
      ? line`${paint('green', 'Confirmed.')} Now, for example:\n  ${next}`
      : 'Not confirmed yet. The key is kept; it works as soon as the owner confirms it.'
  return { json, text }
}

/** The key is on the disk before the server hears of it. A second try with the same code brings the same key. */
async function keyFor(context: Context, wanted: { url: string; code: string; name: string }): Promise<Profile> {
  const dir = context.env.profileDir
  const earlier = readProfiles(dir).find(({ url, code }) => url === wanted.url && code === wanted.code)
  if (earlier) return earlier
  const pair = await generateKeyPair()
  const { keyid } = await signerOf(pair)
  const profile: Profile = { ...wanted, ...pair, agent: null, keyid, created_at: new Date().toISOString() }
  changeProfiles(dir, (all) => [...all, profile])
  return profile
}

async function bring(client: AgentClient, profile: Profile, code: string, context: Context): Promise<string> {
  const dir = context.env.profileDir
  for (let tries = 0; ; tries++) {
    try {
      const { agent } = await client.enroll({ code, public_key: profile.public_key, name: profile.name })
      changeProfiles(dir, (all) => all.map((one) => (one.keyid === profile.keyid ? { ...one, agent } : one)))
      return agent
    } catch (error) {
      if (mayPass(error) && tries < 3 && !(error instanceof ApiError && error.status === 429)) {
        await pause(2 ** tries / 2)
        continue
      }
      // Refused: the key is of no use. No answer: it may be enrolled, and is kept for the next try.
      if (error instanceof ApiError && !mayPass(error))
        changeProfiles(dir, (all) => all.filter(({ keyid, agent }) => keyid !== profile.keyid || agent !== null))
      throw error
    }
  }
}

/** A server that is away for longer than this is not worth waiting for: the key is kept, and the same command goes on. */
const longestAway = 60_000

/** Asks who it is until the owner has decided. */
async function confirmed(client: AgentClient, deadline: number | null): Promise<string> {
  for (let heard = Date.now(); ; ) {
    const status = await statusOf(client).catch((error: unknown) => {
      if (!mayPass(error) || Date.now() - heard > longestAway) throw error
      return null
    })
    if (status !== null) heard = Date.now()
    if (status === 'revoked') throw failure('agent_revoked', 'The owner refused this agent.')
    if (status !== null && status !== 'unconfirmed') return status
    if (deadline !== null && Date.now() >= deadline) return 'unconfirmed'
    await pause(deadline === null ? 1 : Math.min(1, Math.max(0.05, (deadline - Date.now()) / 1000)))
  }
}

async function statusOf(client: AgentClient): Promise<string> {
  try {
    const me = await client.me()
    return me.kind === 'agent' ? me.agent.status : 'unconfirmed'
  } catch (error) {
    if (error instanceof ApiError && error.code === 'agent_unconfirmed') return 'unconfirmed'
    if (error instanceof ApiError && error.code === 'agent_paused') return 'paused'
    throw error
  }
}

export const commands: readonly Command[] = [enroll]
