// `npm run campaign`: see apps/server/campaign/main.ts. Starts PostgreSQL and Redis unless the environment names them.
import { bunPath, safeFlags } from './bun.mjs'
import { install } from './install.mjs'
import { prepare } from './prepare.mjs'
import { refuseEnvironment, run, stop } from './run.mjs'
import { startServices } from './services.mjs'

refuseEnvironment()
await install({ dev: true })
await prepare()
const given = process.env.PS_TEST_POSTGRES && process.env.PS_TEST_REDIS
const services = given ? null : await startServices()
const end = (code) => {
  services?.stop()
  process.exit(code)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => end(130))
if (services && !(services.env.PS_TEST_POSTGRES && services.env.PS_TEST_REDIS)) {
  services.stop()
  stop(`The campaign needs PostgreSQL and Redis: ${services.missing.map((one) => one.install).join('; ')}`)
}
const command = [bunPath(), ...safeFlags, 'apps/server/campaign/main.ts', ...process.argv.slice(2)]
const { code } = await run(command, { show: true, minutes: 600, ...(services ? { env: services.env } : {}) })
end(code)
