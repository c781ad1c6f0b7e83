import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const root = path.resolve(import.meta.dirname, '../../..')
const cli = path.join(root, 'apps/cli/src/main.ts')

export const owner = { name: 'Ada', email: 'ada@example.org', password: 'correct horse battery staple' }

/** The real server and the real command line as processes of their own, and a browser, in a folder of their own. */
export interface Stage {
  url: string
  setupUrl: string
  /** The personal token of the owner, once there is one. */
  token: string
  open(options?: BrowserContextOptions): Promise<Page>
  /** Runs a command to its end. */
  run(...args: string[]): Promise<{ code: number; out: string }>
  /** Starts a command and hands its output as it comes. */
  start(...args: string[]): Started
  /** The server's JSON answer to the owner's token. */
  api<T>(method: string, path: string, body?: unknown): Promise<T>
  close(): Promise<void>
}
export interface Started {
  text(): string
  ended: Promise<number>
}

function collect(streams: ReadableStream<Uint8Array>[]): () => string {
  let text = ''
  for (const stream of streams) {
    const decoder = new TextDecoder()
    void (async () => {
      for await (const chunk of stream) text += decoder.decode(chunk, { stream: true })
    })()
  }
  return () => text
}

/** Waits for something that other processes bring; the test's own time limit ends it. */
export async function until<T>(what: string, look: () => T | Promise<T>): Promise<NonNullable<T>> {
  for (let tries = 0; tries < 600; tries++) {
    const found = await look()
    if (found !== null && found !== undefined && found !== false) return found
    await Bun.sleep(50)
  }
  throw new Error(`it never came: ${what}`)
}

export async function makeStage(): Promise<Stage> {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-web-'))
  const env: Record<string, string> = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    PERMISSION_SLIP_DATA_DIR: path.join(home, 'data'),
    PERMISSION_SLIP_PORT: '0',
    PERMISSION_SLIP_LOG_LEVEL: 'error',
  }
  const spawn = (args: string[]) =>
    Bun.spawn([process.execPath, '--no-env-file', cli, ...args], {
      cwd: home,
      env,
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    })
  const server = spawn(['serve'])
  const said = collect([server.stdout, server.stderr])
  const setupUrl = await until('the set-up link', () => {
    if (server.exitCode !== null) throw new Error(`the server did not start: ${said()}`)
    return /http:\S+\/setup\?token=\S+/.exec(said())?.[0]
  })
  const url = new URL(setupUrl).origin
  await until('the port', async () => (await fetch(`${url}/healthz`).catch(() => null))?.ok)
  let browser: Browser | null = null
  const stage: Stage = {
    url,
    setupUrl,
    token: '',
    async open(options = {}) {
      browser ??= await chromium.launch({
        executablePath: '/usr/bin/chromium',
        args: [
          '--no-sandbox',
          '--disable-gpu',
          '--disable-quic',
          '--no-first-run',
          '--disable-background-networking',
          '--disable-component-update',
          '--disable-sync',
        ],
      })
      const context = await browser.newContext({ baseURL: url, ...options })
      return context.newPage()
    },
    async run(...args) {
      const started = stage.start(...args)
      return { code: await started.ended, out: started.text() }
    },
    start(...args) {
      const child = spawn(args)
      const text = collect([child.stdout, child.stderr])
      return { text, ended: child.exited }
    },
    async api<T>(method: string, at: string, body?: unknown) {
      const answer = await fetch(`${url}/api/v1/${at}`, {
        method,
        headers: { authorization: `Bearer ${stage.token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      if (!answer.ok) throw new Error(`${method} ${at}: ${answer.status} ${text}`)
      return (text === '' ? null : JSON.parse(text)) as T
    },
    async close() {
      await browser?.close()
      server.kill('SIGTERM')
      await server.exited
      fs.rmSync(home, { recursive: true, force: true })
    },
  }
  return stage
}

/** Fills in the set-up page as the first owner does; ends at the first-action page. */
export async function setUp(stage: Stage, page: Page): Promise<void> {
  await page.goto(stage.setupUrl)
  await page.getByLabel('Your name').fill(owner.name)
  await page.getByLabel('E-mail').fill(owner.email)
  await page.locator('input[autocomplete="new-password"]').fill(owner.password)
  await page.getByRole('button', { name: 'Become the owner' }).click()
  await page.getByRole('heading', { name: 'Your first action' }).waitFor()
  const token = await page.getByText(/^psp_/).textContent()
  stage.token = token ?? ''
}

/** Enrols an agent by the real command line with the code on the page, and confirms it there by its words. */
export async function enrol(stage: Stage, page: Page): Promise<void> {
  const line = await page.getByText(/^npx permission-slip agent enroll/).textContent()
  const [, code] = /enroll \S+ (PS-\S+)/.exec(line ?? '') ?? []
  const enrolling = stage.start('agent', 'enroll', stage.url, code ?? '', '--name', 'my-agent')
  const words = await until('six words', () => /[a-z]+(?: {2}[a-z]+){5}/.exec(enrolling.text())?.[0].split('  '))
  const fields = page.getByLabel(/^Word \d$/)
  await fields.first().waitFor()
  for (const field of await fields.all()) {
    const label = await field.evaluate((node) => (node as HTMLInputElement).labels?.[0]?.textContent ?? '')
    await field.fill(words[Number(/\d/.exec(label)?.[0]) - 1] ?? '')
  }
  await page.getByRole('button', { name: 'Confirm', exact: true }).click()
  await enrolling.ended
}
