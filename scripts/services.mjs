// Real PostgreSQL, MariaDB and Redis servers for the tests: in a temporary folder on free ports, stopped at the end.
import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const freePort = () =>
  new Promise((done, fail) => {
    const server = net.createServer()
    server.on('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })

const answers = async (port, seconds) => {
  for (let i = 0; i < seconds * 10; i++) {
    const ok = await new Promise((done) => {
      const socket = net.connect(port, '127.0.0.1', () => done(true)).on('error', () => done(false))
      socket.on('connect', () => socket.destroy())
    })
    if (ok) return true
    await new Promise((r) => setTimeout(r, 100))
  }
  return false
}

/** The newest PostgreSQL server's folder of programs, or null. */
export function postgresBin() {
  const root = '/usr/lib/postgresql'
  const versions = fs.existsSync(root) ? fs.readdirSync(root).sort((a, b) => Number(b) - Number(a)) : []
  for (const v of versions) if (fs.existsSync(`${root}/${v}/bin/initdb`)) return `${root}/${v}/bin`
  return null
}

const which = (name) => {
  const found = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' })
  return found.status === 0 ? found.stdout.trim() : null
}

/** PostgreSQL and MariaDB refuse to run as root: then the user `nobody` or `postgres` runs them. */
const unprivileged = (dir) => {
  if (process.getuid?.() !== 0) return {}
  const line = fs
    .readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((l) => /^(postgres|nobody):/.test(l))
  if (!line) throw new Error('running as root, and neither user postgres nor nobody exists to run the databases')
  const [, , uid, gid] = line.split(':')
  fs.chownSync(dir, Number(uid), Number(gid))
  return { uid: Number(uid), gid: Number(gid) }
}

async function startPostgres(root, bin, name) {
  const dir = path.join(root, name)
  fs.mkdirSync(dir, { mode: 0o700 })
  const as = unprivileged(dir)
  const made = spawnSync(
    `${bin}/initdb`,
    ['-D', `${dir}/data`, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8'],
    { ...as, encoding: 'utf8', cwd: dir },
  )
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr || made.error}`)
  const port = await freePort()
  const options = [
    '-D',
    `${dir}/data`,
    '-p',
    String(port),
    '-k',
    dir,
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    'max_connections=300',
    '-c',
    'fsync=off',
  ]
  const child = spawn(`${bin}/postgres`, options, {
    ...as,
    cwd: dir,
    stdio: ['ignore', 'ignore', fs.openSync(path.join(root, `${name}.log`), 'a')],
  })
  if (!(await answers(port, 20))) throw new Error('PostgreSQL did not start')
  for (let i = 0; i < 100; i++) {
    if (spawnSync(`${bin}/pg_isready`, ['-h', '127.0.0.1', '-p', String(port)]).status === 0) break
    await new Promise((r) => setTimeout(r, 100))
  }
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, child }
}

async function startMariadb(root, bin) {
  const dir = path.join(root, 'mariadb')
  fs.mkdirSync(dir, { mode: 0o700 })
  const as = unprivileged(dir)
  const made = spawnSync(
    'mariadb-install-db',
    [
      '--no-defaults',
      `--datadir=${dir}/data`,
      `--tmpdir=${dir}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
    ],
    { ...as, encoding: 'utf8', cwd: dir },
  )
  if (made.status !== 0) throw new Error(`mariadb-install-db failed: ${made.stderr || made.error}`)
  const port = await freePort()
  const options = [
    '--no-defaults',
    `--datadir=${dir}/data`,
    `--tmpdir=${dir}`,
    `--socket=${dir}/socket`,
    `--pid-file=${dir}/pid`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
    '--innodb-flush-log-at-trx-commit=0',
    '--innodb-buffer-pool-size=32M',
  ]
  const child = spawn(bin, options, {
    ...as,
    cwd: dir,
    stdio: ['ignore', 'ignore', fs.openSync(path.join(root, 'mariadb.log'), 'a')],
  })
  if (!(await answers(port, 40))) throw new Error('MariaDB did not start')
  return { url: `mysql://root@127.0.0.1:${port}`, child }
}

async function startRedis(root, bin) {
  const dir = path.join(root, 'redis')
  fs.mkdirSync(dir)
  const port = await freePort()
  const child = spawn(
    bin,
    [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      dir,
      '--save',
      '',
      '--appendonly',
      'no',
      '--databases',
      '64',
    ],
    { stdio: 'ignore' },
  )
  if (!(await answers(port, 20))) throw new Error('Redis did not start')
  return { url: `redis://127.0.0.1:${port}`, child }
}

/**
 * Starts what this machine has.
 * @returns {Promise<{env: Record<string, string>, missing: {name: string, install: string}[], stop: () => void}>}
 */
export async function startServices() {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'permission-slip-services-'))
  fs.chmodSync(root, 0o755)
  const env = {}
  const missing = []
  const children = []
  const pg = postgresBin()
  if (pg) {
    // Two servers: what the gate stores in is never what it may reach as a service.
    for (const [name, variable] of [
      ['storage', 'PS_TEST_POSTGRES'],
      ['target', 'PS_TEST_POSTGRES_TARGET'],
    ]) {
      const { url, child } = await startPostgres(root, pg, name)
      env[variable] = url
      children.push(child)
    }
  } else missing.push({ name: 'what needs PostgreSQL', install: 'apt-get install postgresql' })
  const mariadb = which('mariadbd') ?? (fs.existsSync('/usr/sbin/mariadbd') ? '/usr/sbin/mariadbd' : null)
  if (mariadb) {
    const { url, child } = await startMariadb(root, mariadb)
    env.PS_TEST_MYSQL = url
    children.push(child)
  } else missing.push({ name: 'what needs MySQL', install: 'apt-get install mariadb-server' })
  const redis = which('redis-server')
  if (redis) {
    const { url, child } = await startRedis(root, redis)
    env.PS_TEST_REDIS = url
    children.push(child)
  } else missing.push({ name: 'what needs Redis', install: 'apt-get install redis-server' })
  const chromium = which('chromium')
  if (chromium) env.PS_TEST_CHROMIUM = chromium
  else missing.push({ name: 'what needs a browser', install: 'apt-get install chromium' })
  const stop = () => {
    // MariaDB does not listen to SIGINT, and ends slowly by SIGTERM; nothing of it is kept.
    for (const child of children) child.kill(child.spawnfile === mariadb ? 'SIGKILL' : 'SIGINT')
    setTimeout(() => fs.rmSync(root, { recursive: true, force: true }), 500).unref()
    spawnSync('sleep', ['0.4'])
    fs.rmSync(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
  return { env, missing, stop }
}

// On its own: start, print the variables, stay until killed.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const services = await startServices()
  console.log(
    Object.entries(services.env)
      .map(([k, v]) => `export ${k}=${v}`)
      .join('\n'),
  )
  process.on('SIGINT', () => {
    services.stop()
    process.exit(0)
  })
  process.on('SIGTERM', () => {
    services.stop()
    process.exit(0)
  })
  setInterval(() => {}, 1 << 30)
}
