import { expect, test } from 'bun:test'
import { makePlace } from './program.ts'

test('an executable whose build date is still to come says so, and is not ready', async () => {
  // A machine without a clock battery boots in the past: to it this build is a day ahead.
  await using place = makePlace({ builtAt: new Date(Date.now() + 86_400_000) })
  const server = await place.serve()
  const ready = await fetch(`${server.url}/readyz`)
  expect(ready.status).toBe(503)
  expect(await ready.text()).toContain('before this version was built')
  expect(await server.stop()).toBe(0)
})
