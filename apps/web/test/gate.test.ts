import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import fs from 'node:fs'
import type { Action, Approval } from '@permission-slip/protocol/action.ts'
import type { Page } from 'playwright-core'
import { enrol, makeStage, type Stage, setUp, until } from './stage.ts'

const withoutBrowser = !fs.existsSync('/usr/bin/chromium')
setDefaultTimeout(60_000)

/** A person at the page, an agent at the command line, the real server between them. */
let stage: Stage
let page: Page
const faults: string[] = []

beforeAll(async () => {
  if (withoutBrowser) return
  stage = await makeStage()
  page = await stage.open({ viewport: { width: 390, height: 844 } })
  page.setDefaultTimeout(15_000)
  page.on('pageerror', (e) => faults.push(e.message))
  page.on('console', (m) => {
    if (/content security policy/i.test(m.text())) faults.push(m.text())
  })
})
afterAll(async () => {
  await stage?.close()
})

const write = (body: string, name = 'hello') =>
  stage.start('submit', 'notebook.write', '--params', JSON.stringify({ page: name, body }), '--wait', '60', '--json')
const waiting = async () => (await stage.api<{ items: Approval[] }>('GET', 'approvals')).items
const oneWaiting = (name: string) => until('the action', async () => (await waiting()).find((a) => a.action === name))
const action = (id: string) => stage.api<Action>('GET', `actions/${id}`)
/** The outcome as the page shows it, in the place of the buttons. */
const outcome = (word: string) =>
  page.getByRole('region', { name: 'Outcome' }).getByText(word, { exact: true }).waitFor()
const result = (text: string): Action => JSON.parse(text.slice(text.indexOf('{'))) as Action

test.skipIf(withoutBrowser)(
  'set-up, an agent enrolled by the command line, its first action approved by a click, the result in both windows',
  async () => {
    await setUp(stage, page)
    expect(await page.getByText('npx permission-slip submit notebook.write').textContent()).toBe(
      `npx permission-slip submit notebook.write --params '{"page":"hello","body":"My first page"}' --wait 60`,
    )
    await enrol(stage, page)
    const submitted = write('My first page')
    await page.getByRole('button', { name: 'Approve' }).click()
    await outcome('Succeeded')
    expect(await submitted.ended).toBe(0)
    expect(result(submitted.text())).toMatchObject({
      status: 'succeeded',
      decision: { by: 'person', edited: false },
      result: { page: 'hello', version: 1 },
    })
  },
)

test.skipIf(withoutBrowser)('an edit shows its difference and runs as edited, nothing else', async () => {
  const submitted = write('All of it', 'plan')
  const { id } = await oneWaiting('write')
  await page.goto(`/a/${id}`)
  await page.getByRole('button', { name: 'Edit' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('body').fill('Half of it')
  expect(await dialog.locator('del').textContent()).toBe('All of it')
  expect(await dialog.locator('ins').textContent()).toBe('Half of it')
  await dialog.getByRole('button', { name: 'Approve changed' }).click()
  await outcome('Succeeded')
  await submitted.ended
  expect(result(submitted.text())).toMatchObject({
    decision: { edited: true },
    executed_params: { page: 'plan', body: 'Half of it' },
  })
})

test.skipIf(withoutBrowser)('a denial brings its reason to the agent, and nothing runs', async () => {
  const submitted = write('Never', 'never')
  const { id } = await oneWaiting('write')
  await page.goto(`/a/${id}`)
  await page.getByRole('button', { name: 'Deny with a reason' }).click()
  await page.getByLabel('Reason').fill('Ask me tomorrow')
  await page.getByRole('button', { name: 'Deny it' }).click()
  await outcome('Denied')
  expect(await submitted.ended).toBe(3)
  const denied = result(submitted.text())
  expect(denied).toMatchObject({ status: 'denied', decision: { reason: 'Ask me tomorrow' }, executed_params: null })
})

test.skipIf(withoutBrowser)('high risk is approved by holding; a tap does nothing', async () => {
  await stage.run('submit', 'notebook.erase', '--params', '{"page":"plan"}')
  const { id } = await oneWaiting('erase')
  await page.goto(`/a/${id}`)
  const button = page.getByRole('button', { name: 'Hold to approve' })
  await button.and(page.locator(':not([data-asleep])')).waitFor()
  await button.click()
  await button.click()
  expect((await action(id)).status).toBe('pending')
  const box = await button.boundingBox()
  if (!box) throw new Error('the button is not on the screen')
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2)
  await page.mouse.down()
  await outcome('Succeeded')
  await page.mouse.up()
  expect(await action(id)).toMatchObject({ status: 'succeeded', decision: { effect: 'approve' } })
})

test.skipIf(withoutBrowser)(
  'high risk is approved by holding a key, and asked once more where nothing is held',
  async () => {
    await write('To be erased', 'old')
    await page.goto(`/a/${(await oneWaiting('write')).id}`)
    await page.getByRole('button', { name: 'Approve' }).click()
    await outcome('Succeeded')
    await stage.run('submit', 'notebook.erase', '--params', '{"page":"old"}')
    const { id } = await oneWaiting('erase')
    await page.goto(`/a/${id}`)
    const button = page.getByRole('button', { name: 'Hold to approve' })
    await button.and(page.locator(':not([data-asleep])')).waitFor()
    // What a screen reader sends: a click with no finger, mouse or key.
    await button.evaluate((node) => (node as HTMLButtonElement).click())
    await page.getByRole('dialog').getByRole('button', { name: 'Not now' }).click()
    expect((await action(id)).status).toBe('pending')
    await button.focus()
    await page.keyboard.down('Enter')
    await outcome('Succeeded')
    await page.keyboard.up('Enter')
  },
)

test.skipIf(withoutBrowser)('a double tap decides one action, not the next one', async () => {
  write('First of two', 'one')
  const first = await oneWaiting('write')
  write('Second of two', 'two')
  await until('both', async () => (await waiting()).length === 2)
  await page.goto(`/a/${first.id}`)
  const approve = page.getByRole('button', { name: 'Approve' }).and(page.locator(':not([data-asleep])'))
  const box = await approve.boundingBox()
  if (!box) throw new Error('the button is not on the screen')
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
  for (let taps = 0; taps < 8; taps++) await page.mouse.click(x, y)
  await until('the decision', async () => (await waiting()).length === 1)
  // The next one has come, under the result, and its buttons sleep at first.
  const next = page.getByRole('region', { name: 'Next' })
  await next.waitFor()
  const buttons = next.getByRole('button', { name: 'Approve' })
  await buttons.evaluate((node) => (node as HTMLButtonElement).click())
  expect((await waiting()).map((a) => a.params['page'])).toEqual(['two'])
})

test.skipIf(withoutBrowser)('what is decided elsewhere keeps its place in the list and says so', async () => {
  const desk = await stage.open({
    viewport: { width: 1280, height: 800 },
    storageState: await page.context().storageState(),
  })
  await desk.goto('/')
  await desk.getByRole('article').first().waitFor()
  const { id } = await oneWaiting('write')
  write('Comes later', 'three')
  await desk.getByRole('article').nth(1).waitFor()
  const { digest } = await action(id)
  await stage.api('POST', `approvals/${id}/deny`, { digest })
  const card = desk.getByRole('article').first()
  await card.getByText('Denied').waitFor()
  expect(await desk.getByRole('article').first().textContent()).toContain('two')
  expect(await card.getByRole('button').count()).toBe(0)
  expect(await desk.getByRole('article').nth(1).textContent()).toContain('three')
  await desk.context().close()
})

test.skipIf(withoutBrowser)('an action approved as a rule comes through without a person', async () => {
  const { id } = await oneWaiting('write')
  await page.goto(`/a/${id}`)
  await page.getByRole('link', { name: 'Always allow' }).click()
  await page.getByRole('radiogroup', { name: 'What the rule says of body' }).getByText('Anything').click()
  await page.getByRole('button', { name: 'Add the rule' }).click()
  await page.getByRole('heading', { level: 1 }).waitFor()
  const submitted = write('Another text', 'three')
  expect(await submitted.ended).toBe(0)
  expect(result(submitted.text())).toMatchObject({ status: 'succeeded', decision: { by: 'rule' } })
})

test.skipIf(withoutBrowser)('the page broke nowhere, and broke no content security policy', () => {
  expect(faults).toEqual([])
})
