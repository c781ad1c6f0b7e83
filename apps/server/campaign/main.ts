// `npm run campaign`: the server is killed again and again under load; at the end the services say what happened.
// Prints one JSON object a database, then `ok`, or `not ok` with exit code 1.
import { parseArgs } from 'node:util'
import type { Flavour } from '../src/db/dialect.ts'
import { campaign } from './run.ts'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '500' },
    database: { type: 'string', default: 'both' },
    seed: { type: 'string' },
  },
})
const usage = (message: string): never => {
  console.error(`${message}\nusage: npm run campaign -- [--kills N] [--database sqlite|postgres|both] [--seed N]`)
  process.exit(2)
}
const whole = (name: string, text: string): number =>
  /^\d{1,9}$/.test(text) ? Number(text) : usage(`--${name}: expected a whole number, got ${text}`)
const kills = whole('kills', values.kills)
const seed = values.seed === undefined ? Math.floor(Math.random() * 1e9) : whole('seed', values.seed)
const flavours: Flavour[] =
  values.database === 'both'
    ? ['sqlite', 'postgres']
    : values.database === 'sqlite' || values.database === 'postgres'
      ? [values.database]
      : usage(`--database: expected sqlite, postgres or both, got ${values.database}`)
const postgres = process.env['PS_TEST_POSTGRES']
const redis = process.env['PS_TEST_REDIS']
if (!postgres || !redis) usage('PostgreSQL and Redis are needed: PS_TEST_POSTGRES and PS_TEST_REDIS say where they are')
else {
  let ok = true
  for (const flavour of flavours) {
    const summary = await campaign(flavour, { kills, seed, postgres, redis, say: (line) => console.error(line) })
    console.log(JSON.stringify(summary))
    ok &&= summary.ok
  }
  console.log(ok ? 'ok' : 'not ok')
  process.exit(ok ? 0 : 1)
}
