// Installs what the lock file says, if it is not there yet. npm's own record in node_modules tells.
import fs from 'node:fs'
import path from 'node:path'
import { bunPath } from './bun.mjs'
import { root, run, stop } from './run.mjs'

/** @param {{dev: boolean}} options with or without what only tests and checks need */
export async function install({ dev }) {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19))
    stop(`Node ${process.versions.node} is too old: 20.19 or newer is needed.`)
  if (isInstalled(dev)) return
  process.stderr.write(`Installing${dev ? ' with test tools' : ''} (npm ci) …\n`)
  const npm = process.env.npm_execpath?.endsWith('npm-cli.js') ? [process.execPath, process.env.npm_execpath] : ['npm']
  const { code } = await run([...npm, 'ci', dev ? '--include=dev' : '--omit=dev', '--loglevel=error'], { show: true })
  if (code !== 0) stop('npm ci failed: see above.')
  bunPath()
}

/** Every package of the lock file stands in npm's record with the same version and integrity, and Bun is there. */
function isInstalled(dev) {
  const wanted = packagesOf('package-lock.json')
  const found = packagesOf('node_modules/.package-lock.json')
  if (!wanted) stop('package-lock.json is missing or is not JSON.')
  if (!found) return false
  const same = Object.entries(wanted).every(([name, entry]) => {
    if (name === '' || entry.optional || entry.devOptional || (entry.dev && !dev)) return true
    const there = found[name]
    return there !== undefined && there.version === entry.version && there.integrity === entry.integrity
  })
  if (!same) return false
  try {
    bunPath()
    return true
  } catch {
    return false
  }
}

function packagesOf(file) {
  try {
    return JSON.parse(fs.readFileSync(path.join(root, file), 'utf8')).packages
  } catch {
    return null
  }
}
