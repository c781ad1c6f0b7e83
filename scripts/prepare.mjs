// What stands between the sources and a running server: the connectors' table, the web app, and the list of its files.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { bunPath, safeFlags } from './bun.mjs'
import { root, run, stop } from './run.mjs'

const cache = path.join(root, 'node_modules/.cache/permission-slip')
const catalogue = 'packages/connectors/generated/catalogue.ts'
const web = 'apps/web/dist'

/** Makes what is missing or older than its sources. */
export async function prepare() {
  const protocol = ['package-lock.json', 'packages/protocol/src']
  await unlessMade(
    catalogue,
    ['packages/connectors/kit', 'packages/connectors/src', 'packages/connectors/scripts', ...protocol],
    makeCatalogue,
  )
  const webSources = ['index.html', 'vite.config.ts', 'package.json', 'src', 'public'].map((name) => `apps/web/${name}`)
  await unlessMade(web, [...webSources, 'packages/client/src', ...protocol], makeWeb)
  await step('The list of web files', [process.execPath, 'scripts/generate-web-assets.mjs'])
}

const makeCatalogue = () =>
  step('The table of connectors', [bunPath(), ...safeFlags, 'packages/connectors/scripts/generate-catalogue.ts'])

/** Built beside and moved, so that a build that fails leaves the former one. */
async function makeWeb() {
  process.stderr.write('Building the web app …\n')
  const fresh = path.join(cache, `web-${process.pid}`)
  const vite = [
    process.execPath,
    'node_modules/vite/bin/vite.js',
    'build',
    'apps/web',
    '--outDir',
    fresh,
    '--emptyOutDir',
  ]
  await step('The web app', [...vite, '--logLevel', 'warn'], { NODE_ENV: 'production' })
  fs.rmSync(path.join(root, web), { recursive: true, force: true })
  fs.renameSync(fresh, path.join(root, web))
}

async function step(what, command, env) {
  const { code, output } = await run(command, { env, minutes: 10 })
  if (code !== 0) stop(`${output}\n${what} could not be made: ${command.slice(1).join(' ')} ended with ${code}.`)
}

/** By the sources' contents, not their times: a fresh clone has no times to go by. */
async function unlessMade(output, sources, make) {
  const record = path.join(cache, `${path.basename(output)}.sha256`)
  const now = digestOf(sources)
  if (fs.existsSync(path.join(root, output)) && fs.existsSync(record) && fs.readFileSync(record, 'utf8') === now) return
  await make()
  fs.mkdirSync(cache, { recursive: true })
  fs.writeFileSync(record, now)
}

function digestOf(sources) {
  const hash = createHash('sha256')
  for (const file of sources.flatMap(filesOf)) {
    const bytes = fs.readFileSync(path.join(root, file))
    hash.update(`${file}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex')
}

function filesOf(name) {
  const at = path.join(root, name)
  if (!fs.existsSync(at)) return []
  if (!fs.statSync(at).isDirectory()) return [name]
  return fs
    .readdirSync(at)
    .sort()
    .flatMap((entry) => filesOf(`${name}/${entry}`))
}
