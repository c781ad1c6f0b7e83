import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const root = path.join(import.meta.dir, '../../../..')

/** A machine's corner of its own: the executable alone, a home folder, and a folder to start in. */
export interface Place extends AsyncDisposable {
  readonly home: string
  /** Where programs are started. */
  readonly folder: string
  run(args: string[], options?: { env?: Record<string, string>; stdin?: string }): Promise<Ended>
  serve(env?: Record<string, string>): Promise<Serving>
}
export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}
export interface Serving {
  readonly url: string
  readonly setupUrl: string
  stop(): Promise<number>
}

/** The file that `npm run build` makes. `npm test` made it already; on its own, or for another date, this makes one. */
function build(to: string, builtAt: Date | undefined): void {
  const made = process.env['PS_TEST_EXECUTABLE']
  if (made && !builtAt) {
    fs.copyFileSync(made, to)
    return
  }
  const date = builtAt ? { SOURCE_DATE_EPOCH: String(Math.floor(builtAt.getTime() / 1000)) } : {}
  const command = ['node', path.join(root, 'scripts/build.mjs'), '--out', to]
  const { exitCode, stderr } = Bun.spawnSync(command, { cwd: root, env: { ...process.env, ...date } })
  if (exitCode !== 0) throw new Error(`npm run build failed: ${stderr}`)
}

export function makePlace(options: { builtAt?: Date } = {}): Place {
  const top = fs.mkdtempSync(path.join(os.tmpdir(), 'permission-slip-executable-'))
  const [home, folder, file] = [path.join(top, 'home'), path.join(top, 'folder'), path.join(top, 'bin/permission-slip')]
  for (const dir of [home, folder, path.dirname(file)]) fs.mkdirSync(dir)
  build(file, options.builtAt)
  const running = new Set<Bun.Subprocess>()
  const start = (args: string[], env: Record<string, string>, stdin?: string) => {
    const child = Bun.spawn([file, ...args], {
      cwd: folder,
      // Nothing of this test's own environment: a service starts with a clear one.
      env: { HOME: home, ...env },
      stdin: stdin === undefined ? 'ignore' : new TextEncoder().encode(stdin),
      stdout: 'pipe',
      stderr: 'pipe',
    })
    running.add(child)
    return child
  }
  return {
    home,
    folder,
    async run(args, { env = {}, stdin } = {}) {
      const child = start(args, env, stdin)
      const [out, err, code] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
        child.exited,
      ])
      return { code, out, err }
    },
    async serve(env = {}) {
      const child = start(['serve'], { PERMISSION_SLIP_PORT: '0', ...env })
      const err = new Response(child.stderr).text()
      let out = ''
      for await (const chunk of child.stdout) {
        out += new TextDecoder().decode(chunk)
        if (out.includes('Permission Slip is at ')) break
      }
      const setupUrl = /http:\/\/\S+\/setup\?token=\S+/.exec(out)?.[0]
      const url = /Permission Slip is at (\S+)/.exec(out)?.[1]
      if (!setupUrl || !url) throw new Error(`the server did not start: ${out}${await err}`)
      return {
        url,
        setupUrl,
        async stop() {
          child.kill('SIGTERM')
          return child.exited
        },
      }
    },
    async [Symbol.asyncDispose]() {
      for (const child of running) child.kill('SIGKILL')
      await Promise.all([...running].map((child) => child.exited))
      fs.rmSync(top, { recursive: true, force: true })
    },
  }
}

/** stdout as the one JSON document that `--json` promises. */
export function answer(ended: Ended, code = 0): Record<string, unknown> {
  if (ended.code !== code) throw new Error(`ended with ${ended.code} instead of ${code}: ${ended.out}${ended.err}`)
  const value: unknown = JSON.parse(ended.out)
  if (typeof value !== 'object' || value === null) throw new Error(`not an object: ${ended.out}`)
  return { ...value }
}
