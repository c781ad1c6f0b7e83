#!/usr/bin/env node
// `npx permission-slip`: finds the pinned Bun and runs the command line in it, in this folder, with nothing of this
// folder loaded. Signals and the exit code pass through.
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { bunPath, safeFlags } from '../../../scripts/bun.mjs'

const at = (relative) => fileURLToPath(new URL(relative, import.meta.url))

const refused = JSON.parse(fs.readFileSync(at('../src/refused-environment.json'), 'utf8'))
const found = refused.find((name) => process.env[name] !== undefined)
if (found)
  fail(`permission-slip does not run with ${found} set: it changes what this program is, or whom it trusts. Unset it.`)

let bun
try {
  bun = bunPath()
} catch (error) {
  fail(error.message)
}
const child = spawn(bun, [...safeFlags, at('../src/main.ts'), ...process.argv.slice(2)], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    // A terminal's Ctrl-C reaches the child by itself; a second one would mean something else to it.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  })
}
child.on('error', (error) => fail(`${bun}: ${error.message}`))
child.on('exit', (code, signal) => {
  if (!signal) process.exit(code ?? 1)
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
})

function fail(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
