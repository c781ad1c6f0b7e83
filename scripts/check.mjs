// `npm run check`: format, lint, types, boundaries.
import { quickChecks } from './checks.mjs'
import { install } from './install.mjs'
import { prepare } from './prepare.mjs'
import { refuseEnvironment, run } from './run.mjs'

refuseEnvironment()
await install({ dev: true })
await prepare()
let failed = 0
for (const { name, command } of quickChecks) {
  const { code, output, seconds } = await run(command)
  process.stdout.write(
    `${code === 0 ? 'ok  ' : 'FAIL'}  ${name}  (${seconds.toFixed(1)} s)\n${code === 0 ? '' : output}`,
  )
  if (code !== 0) failed++
}
process.exit(failed === 0 ? 0 : 1)
