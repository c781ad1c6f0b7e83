import http from 'node:http'

export interface Sent {
  method: string
  /** As it goes on the wire: nothing is tidied up. */
  path: string
  headers: Record<string, string>
  body: Uint8Array | string | null
  /** Without a length, in chunks. */
  chunked?: boolean
}
export interface Got {
  status: number
  type: string
  text: string
}

/** Sends it and reads at most 200 kB of the answer. A stream of events is left after its head. */
export function sendRaw(port: number, sent: Sent): Promise<Got> {
  return new Promise((resolve, reject) => {
    const length = sent.body === null || sent.chunked ? {} : { 'content-length': String(Buffer.byteLength(sent.body)) }
    const request = http.request(
      {
        host: '127.0.0.1',
        port,
        method: sent.method,
        path: sent.path,
        headers: { host: `localhost:${port}`, ...sent.headers, ...length },
        agent: false,
      },
      (answer) => {
        const type = String(answer.headers['content-type'] ?? '')
        const done = (text: string) => {
          resolve({ status: answer.statusCode ?? 0, type, text })
          request.destroy()
        }
        if (type.startsWith('text/event-stream')) return done('')
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (part: string) => {
          text += part
          if (text.length > 200_000) done(text)
        })
        answer.on('end', () => done(text))
        answer.on('error', () => done(text))
      },
    )
    request.setTimeout(20_000, () => request.destroy(new Error(`no answer to ${sent.method} ${sent.path}`)))
    request.on('error', reject)
    if (sent.body !== null) request.write(sent.body)
    request.end()
  })
}
