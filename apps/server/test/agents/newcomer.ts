import { createAgentClient } from '@permission-slip/client/client.ts'
import { generateKeyPair, type Signer, signerOf } from '@permission-slip/client/keys.ts'
import { signRequest } from '@permission-slip/client/sign.ts'
import type { Gate } from '../harness.ts'

/** Somebody with a key that no server knows yet. */
export interface Newcomer {
  publicKey: string
  signer: Signer
  client: ReturnType<typeof createAgentClient>
  enroll(code: string, name?: string): Promise<{ agent: string; key: string; status: string }>
}

export async function newcomer(gate: Pick<Gate, 'url'>): Promise<Newcomer> {
  const pair = await generateKeyPair()
  const signer = await signerOf(pair)
  const client = createAgentClient({ url: gate.url, signer })
  return {
    publicKey: pair.public_key,
    signer,
    client,
    enroll: (code, name = `bot ${pair.public_key.slice(0, 8)}`) =>
      client.enroll({ code, public_key: pair.public_key, name }),
  }
}

/** A signed request that can be sent more than once, and made at another time. */
export async function prepared(
  url: string,
  signer: Signer,
  asked: {
    method: string
    path: string
    body?: unknown
    headers?: Record<string, string>
    now?: number
    nonce?: string
  },
): Promise<{
  url: string
  init: { method: string; headers: Record<string, string>; body: Uint8Array<ArrayBuffer> | null }
}> {
  const body = asked.body === undefined ? null : new TextEncoder().encode(JSON.stringify(asked.body))
  const headers = await signRequest(
    {
      method: asked.method,
      url: `${url}${asked.path}`,
      headers: { ...asked.headers, ...(body ? { 'content-type': 'application/json' } : {}) },
      body,
    },
    signer,
    {
      ...(asked.now === undefined ? {} : { now: asked.now }),
      ...(asked.nonce === undefined ? {} : { nonce: asked.nonce }),
    },
  )
  return { url: `${url}${asked.path}`, init: { method: asked.method, headers, body } }
}
