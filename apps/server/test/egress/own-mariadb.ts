import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'

const bin = ['/usr/sbin/mariadbd', '/usr/local/sbin/mariadbd', '/usr/bin/mariadbd'].find((one) => fs.existsSync(one))
const openssl = spawnSync('openssl', ['version']).status === 0
/** Whether this machine can start a MariaDB of its own with TLS. */
export const canStart = bin !== undefined && openssl

const must = (done: { status: number | null; stderr: string | Buffer }) => {
  if (done.status !== 0) throw new Error(String(done.stderr))
}
const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const server = net.createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const where = server.address()
      server.close(() => resolve(where !== null && typeof where !== 'string' ? where.port : 0))
    })
  })
const listens = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })

/** A MariaDB with a user `ada`, who signs in with this password, and a certificate of its own for `name`. */
export async function startMariadb(
  name: string,
  password: string,
): Promise<{ port: number; cert: string; stop(): Promise<void> }> {
  if (!bin) throw new Error('no MariaDB here')
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-own-mariadb-'))
  const file = (one: string) => path.join(dir, one)
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`]
  const made = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-days', '2', '-nodes']
  must(spawnSync('openssl', ['req', ...made, '-keyout', file('key'), '-out', file('cert'), ...subject]))
  fs.writeFileSync(file('start.sql'), `create user 'ada'@'%' identified by '${password.replaceAll("'", "''")}';\n`)
  // MariaDB refuses to run as root.
  const line =
    process.getuid?.() === 0
      ? fs
          .readFileSync('/etc/passwd', 'utf8')
          .split('\n')
          .find((one) => /^(mysql|nobody):/.test(one))
      : undefined
  const [, , uid, gid] = line?.split(':') ?? []
  const as = uid === undefined ? {} : { uid: Number(uid), gid: Number(gid) }
  if (uid !== undefined)
    for (const one of ['.', 'key', 'cert', 'start.sql']) fs.chownSync(file(one), Number(uid), Number(gid))
  // Its own folder for temporary files too: the one of this process is not its user's.
  const place = ['--no-defaults', `--datadir=${file('data')}`, `--tmpdir=${dir}`]
  const install = [...place, '--auth-root-authentication-method=normal', '--skip-test-db']
  must(spawnSync('mariadb-install-db', install, { ...as, cwd: dir }))
  const port = await freePort()
  const settings = {
    socket: file('socket'),
    'pid-file': file('pid'),
    port,
    'bind-address': '127.0.0.1',
    'ssl-cert': file('cert'),
    'ssl-key': file('key'),
    'character-set-server': 'utf8mb4',
    'init-file': file('start.sql'),
    'innodb-buffer-pool-size': '16M',
  }
  const options = Object.entries(settings).map(([key, value]) => `--${key}=${value}`)
  const child = spawn(bin, [...place, ...options, '--skip-name-resolve'], { ...as, cwd: dir, stdio: 'ignore' })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  for (let tries = 0; !(await listens(port)); tries++) {
    if (tries > 400 || child.exitCode !== null) throw new Error('MariaDB did not start')
    await Bun.sleep(50)
  }
  return {
    port,
    cert: fs.readFileSync(file('cert'), 'utf8'),
    async stop() {
      child.kill('SIGKILL')
      await ended
      fs.rmSync(dir, { recursive: true, force: true })
    },
  }
}
