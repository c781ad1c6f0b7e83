// `npm test`: everything that this machine can check. With paths (`npm test -- apps/server/test/log`) only their tests.
// The last line is `N passed, N failed`. With CI=true, leaving anything out is a failure.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { checks } from './checks.mjs'
import { install } from './install.mjs'
import { prepare } from './prepare.mjs'
import { killAll, refuseEnvironment, root, run } from './run.mjs'
import { startServices } from './services.mjs'
import { runTestFile, testFiles } from './test-run.mjs'

const say = (text) => process.stdout.write(`${text}\n`)
const filters = process.argv.slice(2).map((filter) => path.relative(root, path.resolve(filter)))
const strict = process.env.CI === 'true'
const began = performance.now()

refuseEnvironment()
await install({ dev: true })
await prepare()
const services = await startServices()
const executable = path.join(root, 'dist/permission-slip')
const env = { ...services.env, PS_TEST_EXECUTABLE: executable }
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => {
    killAll()
    services.stop()
    process.exit(130)
  })

const total = { passed: 0, failed: 0 }
const failures = []
const skipped = new Set()
const left = [...services.missing]
if (spawnSync('python3', ['--version']).status !== 0)
  left.push({ name: 'what needs Python', install: 'apt-get install python3' })
const noSpecs = !fs.existsSync(path.join(root, '../shared/specs'))

function record(name, { passed, failed, output, seconds }) {
  total.passed += passed
  total.failed += failed
  if (failed > 0) failures.push(name)
  say(
    `${failed > 0 ? 'FAIL' : 'ok  '}  ${name}  (${passed}${failed > 0 ? ` passed, ${failed} failed` : ''}, ${seconds.toFixed(1)} s)`,
  )
  if (failed > 0) say(output.trimEnd())
}
const command = (name, line, minutes) => async () => {
  const { code, output, seconds } = await run(line, { env, minutes })
  record(name, { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, output, seconds })
}
const testFile = (file) => async () => {
  const result = await runTestFile(file, env)
  record(file, result)
  for (const name of result.skipped) skipped.add(`${file}: ${name}`)
}

const files = testFiles(filters)
if (files.length === 0)
  record(`tests in ${filters.join(', ')}`, {
    passed: 0,
    failed: 1,
    output: 'No test file has such a path.',
    seconds: 0,
  })
// A browser's and the executable's tests are the longest: they begin first.
const slow = (file) => /^apps\/web|\/executable\//.test(file)
const jobs = [...files.filter(slow), ...files.filter((file) => !slow(file))].map(testFile)
if (filters.length === 0) {
  jobs.unshift(...checks.map((check) => command(check.name, check.command, 5)))
  // A short one: each kill is a server's life.
  const campaign = 'scripts/campaign.mjs'
  if (fs.existsSync(path.join(root, campaign)))
    jobs.push(command('kill campaign, short', [process.execPath, campaign, '--kills', '25'], 8))
}
const needsExecutable = filters.length === 0 || files.some((file) => file.includes('/executable/'))
if (needsExecutable) await command('the executable (npm run build)', [process.execPath, 'scripts/build.mjs'], 5)()

const workers = Math.min(4, Math.max(2, os.availableParallelism()))
const work = async () => {
  for (let job = jobs.shift(); job; job = jobs.shift()) await job()
}
await Promise.all(Array.from({ length: workers }, work))
services.stop()

// What a machine without the published descriptions can't check is no failure; anything else left out is, in CI.
const specs = [...skipped].filter((name) => name.includes('shared/specs'))
const others = [...skipped].filter((name) => !name.includes('shared/specs'))
if (noSpecs) say('Left out: what needs ../shared/specs (the folder is absent)')
for (const name of specs) say(`Left out: ${name}`)
for (const { name, install } of left) say(`Left out: ${name}. Install it: ${install}`)
for (const name of others) say(`Left out: ${name}`)
if (strict && left.length + others.length > 0) {
  total.failed += left.length + others.length
  failures.push('with CI=true nothing may be left out')
}
for (const name of failures) say(`Failed: ${name}`)
say(`${((performance.now() - began) / 1000).toFixed(0)} s`)
say(`${total.passed} passed, ${total.failed} failed`)
process.exit(total.failed === 0 ? 0 : 1)
