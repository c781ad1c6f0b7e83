// `npm run build`: one executable with the web app inside. `--out FILE` puts it elsewhere.
import fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { bunPath, safeFlags } from './bun.mjs'
import { install } from './install.mjs'
import { prepare } from './prepare.mjs'
import { refuseEnvironment, root, run, stop } from './run.mjs'

const { values } = parseArgs({ options: { out: { type: 'string', default: path.join(root, 'dist/permission-slip') } } })
const out = path.resolve(values.out)

refuseEnvironment()
await install({ dev: false })
await prepare()

// A build that must come out the same twice gives its time by SOURCE_DATE_EPOCH.
const epoch = process.env.SOURCE_DATE_EPOCH
const builtAt = epoch === undefined ? Date.now() : Number(epoch) * 1000
if (!Number.isSafeInteger(builtAt)) stop('SOURCE_DATE_EPOCH: expected seconds since 1970.')

/** The executable takes nothing from the folder it is started in. */
const closed = ['dotenv', 'bunfig', 'tsconfig', 'package-json'].map((what) => `--no-compile-autoload-${what}`)
const fresh = `${out}.${process.pid}`
fs.mkdirSync(path.dirname(out), { recursive: true })
const flags = [
  ...closed,
  '--minify',
  '--keep-names',
  '--sourcemap=none',
  `--define=PERMISSION_SLIP_BUILT_AT=${builtAt}`,
]
const { code, output } = await run([
  bunPath(),
  ...safeFlags,
  'build',
  '--compile',
  ...flags,
  'apps/cli/src/main.ts',
  '--outfile',
  fresh,
])
if (code !== 0) stop(`${output}\nThe executable could not be built.`)
fs.renameSync(fresh, out)
process.stdout.write(`${path.relative(process.cwd(), out)}  ${(fs.statSync(out).size / 1e6).toFixed(1)} MB\n`)
