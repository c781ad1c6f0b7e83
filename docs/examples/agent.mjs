// An agent in one file, with nothing but Node: it makes a key, enrols, and signs what it asks for (RFC 9421).
//
//   node agent.mjs enroll http://localhost:8080 PS-ABCD-EFGH
//   node agent.mjs submit notebook.write '{"page":"hello","body":"Hello"}'
//
// Its key stays in agent-key.json beside it, readable for its own user alone.
import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, randomUUID, sign } from 'node:crypto'
import fs from 'node:fs'

const file = new URL('agent-key.json', import.meta.url)
const sha256 = (data) => createHash('sha256').update(data)

/** JWK thumbprint (RFC 7638): the name of the key. */
const keyid = ({ x }) => sha256(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).digest('base64url')

/** One signed request. Every one has a nonce of its own; a try of the same thing has the same idempotency key. */
async function send(agent, method, target, body, idempotencyKey) {
  const url = new URL(target, agent.url)
  const text = body === undefined ? undefined : JSON.stringify(body)
  const headers = {}
  if (text !== undefined) {
    headers['content-digest'] = `sha-256=:${sha256(text).digest('base64')}:`
    headers['content-type'] = 'application/json'
  }
  if (idempotencyKey) headers['idempotency-key'] = idempotencyKey
  const covered = {
    '@method': method,
    '@authority': url.host,
    '@path': url.pathname,
    '@query': url.search || '?',
    ...headers,
  }
  const names = Object.keys(covered)
    .map((name) => `"${name}"`)
    .join(' ')
  const created = Math.floor(Date.now() / 1000)
  const nonce = randomBytes(16).toString('base64url')
  const params = `(${names});created=${created};nonce="${nonce}";keyid="${keyid(agent.jwk)}";alg="ed25519";tag="permission-slip"`
  const lines = Object.entries(covered).map(([name, value]) => `"${name}": ${value}`)
  const base = [...lines, `"@signature-params": ${params}`].join('\n')
  const signature = sign(null, Buffer.from(base), createPrivateKey({ key: agent.jwk, format: 'jwk' })).toString(
    'base64',
  )
  const signed = { ...headers, 'signature-input': `sig=${params}`, signature: `sig=:${signature}:` }
  const answer = await fetch(url, { method, headers: signed, ...(text === undefined ? {} : { body: text }) })
  const json = await answer.json()
  if (!answer.ok) throw new Error(`${answer.status} ${json.code}: ${json.detail} ${json.next.say}`)
  return json
}

async function enroll(url, code) {
  const jwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  const agent = { url, jwk }
  // Kept before the server hears of it.
  fs.writeFileSync(file, JSON.stringify(agent), { mode: 0o600, flag: 'wx' })
  return send(agent, 'POST', '/api/v1/enrollments', { code, public_key: jwk.x, name: 'example agent' })
}

async function submit(what, params) {
  const agent = JSON.parse(fs.readFileSync(file, 'utf8'))
  const [connector, action] = what.split('.')
  let now = await send(agent, 'POST', '/api/v1/actions?wait=60', { connector, action, params }, randomUUID())
  while (['pending', 'approved', 'executing'].includes(now.status))
    now = await send(agent, 'GET', `/api/v1/actions/${now.id}?wait=60`)
  return now
}

const [verb, ...rest] = process.argv.slice(2)
const does = { enroll: () => enroll(rest[0], rest[1]), submit: () => submit(rest[0], JSON.parse(rest[1] ?? '{}')) }
if (!does[verb]) throw new Error('say enroll URL CODE, or submit CONNECTOR.ACTION PARAMS')
console.log(JSON.stringify(await does[verb](), null, 2))
