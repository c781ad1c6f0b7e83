// Child processes of the scripts: run to the end, with what they said.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const refused = createRequire(import.meta.url)('../apps/cli/src/refused-environment.json')

/** Bun would take code from these before it looks at ours. */
export function refuseEnvironment() {
  const found = refused.find((name) => process.env[name] !== undefined)
  if (found) stop(`${found} is set: it changes what runs here, or whom it trusts. Unset it.`)
}

/** Ends the script with one sentence. */
export function stop(message) {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}

/**
 * Runs a program in the project's folder.
 * @param {string[]} command
 * @param {{show?: boolean, env?: Record<string, string | undefined>, cwd?: string, minutes?: number}} options
 *   `show` lets its output through as it comes. After `minutes` it is killed, with every process it started.
 * @returns {Promise<{code: number, output: string, seconds: number}>}
 */
export function run([program, ...args], { show = false, env, cwd = root, minutes = 15 } = {}) {
  return new Promise((done) => {
    const began = performance.now()
    const stdio = show ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe']
    // A group of its own, so that a time-out also ends what it started. What is shown stays with the terminal's Ctrl-C.
    const plain = show ? {} : { NO_COLOR: '1', FORCE_COLOR: '0' }
    const child = spawn(program, args, { cwd, env: { ...process.env, ...plain, ...env }, stdio, detached: !show })
    const chunks = []
    child.stdout?.on('data', (chunk) => chunks.push(chunk))
    child.stderr?.on('data', (chunk) => chunks.push(chunk))
    if (!show) groups.add(child.pid)
    const timer = setTimeout(() => {
      chunks.push(Buffer.from(`\nkilled after ${minutes} minutes\n`))
      killGroup(child.pid)
      if (show) child.kill('SIGKILL')
    }, minutes * 60_000)
    const end = (code, more = '') => {
      clearTimeout(timer)
      // Servers that a test left behind would hold its files and ports.
      if (!show) killGroup(child.pid)
      const output = Buffer.concat(chunks).toString('utf8') + more
      done({ code, output, seconds: (performance.now() - began) / 1000 })
    }
    child.on('error', (error) => end(1, `${program}: ${error.message}\n`))
    // `exit`, not `close`: a process left behind may keep the pipe open.
    child.on('exit', (code, signal) => setImmediate(() => end(code ?? 1, signal ? `\nended by ${signal}\n` : '')))
  })
}

const groups = new Set()
function killGroup(pid) {
  if (pid === undefined || !groups.delete(pid)) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nothing of it is left.
  }
}

/** Ends every program that is still running. */
export function killAll() {
  for (const pid of [...groups]) killGroup(pid)
}
