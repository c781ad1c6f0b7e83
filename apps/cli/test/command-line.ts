import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** The real command line in a process of its own, with a home folder of its own. */
export interface CommandLine extends AsyncDisposable {
  readonly home: string
  readonly profileDir: string
  run(args: string[], options?: { stdin?: string; env?: Record<string, string>; cwd?: string }): Promise<Ended>
  start(args: string[], options?: { stdin?: string; env?: Record<string, string>; cwd?: string }): Running
}
export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
  /** stdout as the one JSON document it must be. */
  readonly json: unknown
}
export interface Running {
  readonly ended: Promise<Ended>
  /** stdout, line by line, while it runs. */
  lines(): AsyncGenerator<string>
  kill(signal: NodeJS.Signals): void
}

export const mainFile = path.join(import.meta.dir, '../src/main.ts')
export const launcher = path.join(import.meta.dir, '../bin/permission-slip.mjs')

export function commandLine(program: string[] = [process.execPath, '--no-env-file', mainFile]): CommandLine {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'permission-slip-cli-'))
  const start: CommandLine['start'] = (args, { stdin, env, cwd } = {}) => {
    const child = Bun.spawn([...program, ...args], {
      cwd: cwd ?? home,
      env: { PATH: process.env['PATH'] ?? '', HOME: home, ...env },
      stdin: stdin === undefined ? 'ignore' : new TextEncoder().encode(stdin),
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const heard: string[] = []
    const listeners = new Set<() => void>()
    const listen = async (): Promise<string> => {
      const decoder = new TextDecoder()
      for await (const chunk of child.stdout) {
        heard.push(decoder.decode(chunk, { stream: true }))
        for (const wake of listeners) wake()
      }
      return heard.join('')
    }
    const ended = async (): Promise<Ended> => {
      const [out, err, code] = await Promise.all([listen(), new Response(child.stderr).text(), child.exited])
      for (const wake of listeners) wake()
      return { code, out, err, json: documentIn(out) }
    }
    const result = ended()
    async function* lines(): AsyncGenerator<string> {
      for (let at = 0; ; ) {
        const text = heard.join('')
        for (let end = text.indexOf('\n', at); end >= 0; end = text.indexOf('\n', at)) {
          yield text.slice(at, end)
          at = end + 1
        }
        if (child.exitCode !== null) return
        await new Promise<void>((wake) => listeners.add(wake))
      }
    }
    return { ended: result, lines, kill: (signal) => child.kill(signal) }
  }
  return {
    home,
    profileDir: path.join(home, '.config', 'permission-slip'),
    start,
    run: (args, options) => start(args, options).ended,
    [Symbol.asyncDispose]: async () => fs.rmSync(home, { recursive: true, force: true }),
  }
}

function documentIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
