import { type ChildProcess, spawn } from 'node:child_process'
import readline from 'node:readline'

/** A process that says it is ready by one JSON line on stdout. */
export interface Child<Ready> {
  readonly ready: Ready
  /** Everything it wrote to stderr so far. */
  errors(): string
  /** Sends a signal and waits for its end; the exit code, null if the signal ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>
}

// The other end of its stdin is ours, so that it ends with us however we end.
const spawnFile = (file: string, args: readonly string[], env: Record<string, string>): ChildProcess =>
  spawn(process.execPath, ['--no-env-file', file, ...args], {
    env: { ...env, PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/' },
    stdio: ['pipe', 'pipe', 'pipe'],
  })

export async function startAndKill(file: string, env: Record<string, string>, ms: number): Promise<void> {
  const child = spawnFile(file, [], env)
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()))
  await new Promise((resolve) => setTimeout(resolve, ms))
  child.kill('SIGKILL')
  await ended
}

/** Starts a TypeScript file with the Bun that runs this. Rejects with its stderr if it ends before it is ready. */
export function startChild<Ready>(
  file: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<Child<Ready>> {
  const child = spawnFile(file, args, env)
  let stderr = ''
  child.stderr?.on('data', (text: Buffer) => {
    stderr = (stderr + text.toString()).slice(-20_000)
  })
  const exited = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)))
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal)
    return exited
  }
  return new Promise((resolve, reject) => {
    void exited.then((code) => reject(new Error(`${file} ended with ${code}: ${stderr}`)))
    if (!child.stdout) return reject(new TypeError('no stdout'))
    readline
      .createInterface({ input: child.stdout })
      .once('line', (line) => resolve({ ready: JSON.parse(line) as Ready, errors: () => stderr, end }))
  })
}
