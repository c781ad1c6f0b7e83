import { randomBytes } from 'node:crypto'
import { webAssets } from '../generated/web-assets.ts'

const types: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  ico: 'image/x-icon',
  json: 'application/json',
  webmanifest: 'application/manifest+json',
  woff2: 'font/woff2',
  txt: 'text/plain; charset=utf-8',
}
const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
  ].join('; ')

/** What a browser gets smaller: everything of ours but pictures. */
const compressible = /\.(html|js|css|svg|json|webmanifest|txt)$/

export type Web = (path: string, request: Request, requestId: string) => Promise<Response>

/** The web app: its files by their names, and its one page for every other address. Compressed once, when first asked. */
export function makeWeb(): Web {
  const compressed = new Map<string, Promise<Uint8Array<ArrayBuffer>>>()
  const gzipped = (file: string): Promise<Uint8Array<ArrayBuffer>> => {
    const known =
      compressed.get(file) ??
      Bun.file(file)
        .bytes()
        .then((bytes) => Bun.gzipSync(bytes))
    compressed.set(file, known)
    return known
  }
  return async (path, request, requestId) => {
    const takesGzip = /\bgzip\b/.test(request.headers.get('accept-encoding') ?? '')
    const shared = {
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-request-id': requestId,
      'cross-origin-opener-policy': 'same-origin',
    }
    const file = webAssets[path]
    if (file !== undefined && path !== '/index.html') {
      const headers = {
        ...shared,
        'content-type': types[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
        'cache-control': path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      }
      if (!compressible.test(path)) return new Response(Bun.file(file), { headers })
      const varied = { ...headers, vary: 'accept-encoding' }
      if (!takesGzip) return new Response(Bun.file(file), { headers: varied })
      return new Response(await gzipped(file), { headers: { ...varied, 'content-encoding': 'gzip' } })
    }
    const index = webAssets['/index.html']
    if (index === undefined)
      return new Response('The web app was not built into this server: run npm start, or npm run build.\n', {
        status: 503,
        headers: { ...shared, 'content-type': 'text/plain; charset=utf-8' },
      })
    const nonce = randomBytes(16).toString('base64')
    const html = (await Bun.file(index).text()).replaceAll('__STYLE_NONCE__', nonce)
    return new Response(html, {
      headers: {
        ...shared,
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'content-security-policy': policy(nonce),
      },
    })
  }
}
