import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import fs from 'node:fs'
import net from 'node:net'
import type { Action, Approval } from '@permission-slip/protocol/action.ts'
import type { Page } from 'playwright-core'
import { enrol, makeStage, type Stage, setUp, until } from './stage.ts'

const redis = process.env['PS_TEST_REDIS']
const left = !redis || !fs.existsSync('/usr/bin/chromium')
setDefaultTimeout(60_000)

/** A real Redis behind a line that breaks after the command went through and before its answer comes. */
function cutLine(to: URL): Promise<{ port: number; close(): void }> {
  const server = net.createServer((near) => {
    const far = net.connect(Number(to.port || 6379), to.hostname)
    let cut = false
    near.on('data', (bytes) => {
      far.write(bytes)
      cut ||= /\bappend\b/i.test(bytes.toString('latin1'))
    })
    far.on('data', (bytes) => (cut ? near.destroy() : near.write(bytes)))
    for (const [a, b] of [
      [near, far],
      [far, near],
    ] as const) {
      a.on('close', () => b.destroy())
      a.on('error', () => b.destroy())
    }
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : 0
      resolve({ port, close: () => server.close() })
    })
  })
}

let stage: Stage
let page: Page
let line: { port: number; close(): void }

beforeAll(async () => {
  if (left) return
  stage = await makeStage()
  line = await cutLine(new URL(redis))
  page = await stage.open({ viewport: { width: 390, height: 844 } })
  page.setDefaultTimeout(15_000)
  await setUp(stage, page)
  await enrol(stage, page)
})
afterAll(async () => {
  await stage?.close()
  line?.close()
})

test.skipIf(left)('a service at a private address is connected after one question', async () => {
  await page.goto('/connections')
  await page.getByRole('link', { name: /^Redis/ }).click()
  await page.getByLabel('Label').fill('cache')
  await page.locator('input[name="url"]').fill(`redis://127.0.0.1:${line.port}`)
  await page.getByRole('button', { name: 'Connect', exact: true }).click()
  await page.getByText(`127.0.0.1:${line.port}`).waitFor()
  await page.getByRole('button', { name: 'Allow it for this connection' }).click()
  await page.getByRole('heading', { name: 'cache' }).waitFor()
  await page.getByText('It works').waitFor()
})

test.skipIf(left)('an unknown outcome is settled by a person, and running it again asks again', async () => {
  const key = `ps-web-${crypto.randomUUID()}`
  await stage.run('submit', 'redis.append', '--params', JSON.stringify({ key, value: 'x' }))
  const [waiting] = (await stage.api<{ items: Approval[] }>('GET', 'approvals')).items
  await page.goto(`/a/${waiting?.id}`)
  await page.getByRole('button', { name: 'Approve' }).click()
  await page.getByText('The request was sent and no answer came.').waitFor()
  await page.getByRole('button', { name: 'It happened', exact: true }).waitFor()
  await page.getByRole('button', { name: 'It did not happen' }).click()
  await page.getByRole('region', { name: 'Outcome' }).getByText('Failed').waitFor()
  await page.getByRole('button', { name: 'Run it again' }).click()
  await page.getByRole('button', { name: 'Approve' }).waitFor()
  const again = await until('the new action', async () =>
    (await stage.api<{ items: Action[] }>('GET', 'actions')).items.find((a) => a.retry_of === waiting?.id),
  )
  expect([again.status, again.decision?.effect ?? null]).toEqual(['pending', null])
})
