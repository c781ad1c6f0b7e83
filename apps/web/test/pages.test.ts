import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import fs from 'node:fs'
import { AxeBuilder } from '@axe-core/playwright'
import type { Approval } from '@permission-slip/protocol/action.ts'
import type { Agent } from '@permission-slip/protocol/agent.ts'
import type { Rule } from '@permission-slip/protocol/rule.ts'
import type { Page } from 'playwright-core'
import { enrol, makeStage, owner, type Stage, setUp } from './stage.ts'

const withoutBrowser = !fs.existsSync('/usr/bin/chromium')
setDefaultTimeout(180_000)

let stage: Stage
let page: Page
/** Every page, with something on it. */
let places: string[] = []
type Items<T> = { items: T[] }

beforeAll(async () => {
  if (withoutBrowser) return
  stage = await makeStage()
  page = await stage.open()
  page.setDefaultTimeout(15_000)
  await setUp(stage, page)
  await enrol(stage, page)
  const params = (body: string) => JSON.stringify({ page: 'hello', body })
  await stage.run('submit', 'notebook.write', '--params', params('One line\n'.repeat(80)), '--reason', 'Because.')
  await stage.run('submit', 'notebook.erase', '--params', '{"page":"hello"}')
  const [erase, write] = (await stage.api<Items<Approval>>('GET', 'approvals')).items
  const [agent] = (await stage.api<Items<Agent>>('GET', 'agents')).items
  const rule = await stage.api<Rule>('POST', 'rules', {
    name: 'Read pages',
    effect: 'allow',
    connector: 'notebook',
    action: 'read',
    params: { page: { anything: true } },
  })
  places = [
    '/',
    `/a/${write?.id}`,
    `/a/${erase?.id}`,
    '/activity',
    `/activity/${write?.id}`,
    '/agents',
    `/agents/${agent?.id}`,
    '/connections',
    '/connections/new/postgres',
    '/rules',
    `/rules/${rule.id}`,
    `/rules/new?from=${write?.id}`,
    '/rules/new',
    '/notebook',
    '/log',
    '/settings',
    '/welcome',
    '/nowhere',
  ]
})
afterAll(async () => {
  await stage?.close()
})

for (const [colorScheme, width] of [
  ['light', 360],
  ['dark', 1280],
] as const) {
  test.skipIf(withoutBrowser)(`axe finds nothing and nothing overflows: ${colorScheme}, ${width} px`, async () => {
    const reader = await stage.open({
      viewport: { width, height: 640 },
      colorScheme,
      storageState: await page.context().storageState(),
    })
    const found: string[] = []
    for (const place of places) {
      await reader.goto(place)
      await reader.getByRole('heading', { level: 1 }).first().waitFor()
      await reader.waitForFunction(() => document.querySelector('[data-asleep], .mantine-Loader-root') === null)
      const { violations } = await new AxeBuilder({ page: reader }).analyze()
      found.push(...violations.map((v) => `${place}: ${v.id} ${v.nodes[0]?.html}`))
      const wide = await reader.evaluate(() => document.documentElement.scrollWidth > innerWidth)
      if (wide) found.push(`${place}: wider than the screen`)
    }
    await reader.context().close()
    expect(found).toEqual([])
  })
}

test.skipIf(withoutBrowser)('at 360x640 everything that a decision needs is on the first screen', async () => {
  const phone = await stage.open({
    viewport: { width: 360, height: 640 },
    storageState: await page.context().storageState(),
  })
  await phone.goto(places[1] ?? '')
  const article = phone.getByRole('article')
  await article.getByRole('button', { name: 'Approve' }).waitFor()
  const inside = ['my-agent', 'no account', 'Medium risk', 'left']
  const bar = await article.getByRole('button', { name: 'Approve' }).boundingBox()
  for (const text of inside) {
    const box = await article.getByText(text).first().boundingBox()
    expect(box && bar && box.y > 0 && box.y + box.height < bar.y).toBe(true)
  }
  const [deny, approve] = [
    await article.getByRole('button', { name: 'Deny', exact: true }).boundingBox(),
    await article.getByRole('button', { name: 'Approve' }).boundingBox(),
  ]
  expect(deny && approve && deny.x + deny.width < approve.x).toBe(true)
  expect([deny?.height, approve?.height]).toEqual([56, 56])
  await phone.context().close()
})

test.skipIf(withoutBrowser)('without a session the address stays, and signing in shows what it names', async () => {
  const stranger = await stage.open()
  stranger.setDefaultTimeout(15_000)
  await stranger.goto(places[1] ?? '')
  await stranger.getByRole('heading', { name: 'Sign in' }).waitFor()
  await stranger.getByLabel('E-mail').fill(owner.email)
  const password = stranger.locator('input[autocomplete="current-password"]')
  await password.fill('not the password')
  await stranger.getByRole('button', { name: 'Sign in' }).click()
  await stranger.getByRole('alert').waitFor()
  await password.fill(owner.password)
  await stranger.getByRole('button', { name: 'Sign in' }).click()
  await stranger.getByRole('article').getByRole('button', { name: 'Edit' }).waitFor()
  expect(new URL(stranger.url()).pathname).toBe(places[1] ?? '')
  await stranger.context().close()
})
