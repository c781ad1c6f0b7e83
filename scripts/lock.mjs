// What npm installs is what was chosen: exact versions, a digest for every package, no script that runs.
import fs from 'node:fs'
import path from 'node:path'
import { root } from './run.mjs'

let broken = 0
const wrong = (message) => {
  broken++
  process.stdout.write(`${message}\n`)
}
const read = (file) => fs.readFileSync(path.join(root, file), 'utf8')

const { packages } = JSON.parse(read('package-lock.json'))
const there = new Set(
  Object.keys(packages).map((at) => at.slice(at.lastIndexOf('node_modules/') + 'node_modules/'.length)),
)
for (const [at, entry] of Object.entries(packages)) {
  const ours = !at.includes('node_modules/') || entry.link === true
  if (ours) {
    const named = { ...entry.dependencies, ...entry.devDependencies }
    for (const [name, version] of Object.entries(named))
      if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
        wrong(`${at || 'package.json'}: ${name} is ${version}, not one exact version`)
    continue
  }
  if (!/^sha512-/.test(entry.integrity ?? '')) wrong(`${at}: no sha512 digest`)
  if (/^(git|https?|file):/.test(entry.resolved ?? ''))
    wrong(`${at}: comes from ${entry.resolved}, not from the registry`)
  // Without the packages for other machines, npm ci refuses the lock file.
  for (const name of Object.keys(entry.optionalDependencies ?? {}))
    if (!there.has(name)) wrong(`${at}: its ${name} is not in the lock file`)
}
if (!/^ignore-scripts=true$/m.test(read('.npmrc'))) wrong('.npmrc: ignore-scripts=true is missing')
process.exit(broken === 0 ? 0 : 1)
