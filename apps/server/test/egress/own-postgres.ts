import { spawn, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'

const root = '/usr/lib/postgresql'
const versions = fs.existsSync(root) ? fs.readdirSync(root).sort((a, b) => Number(b) - Number(a)) : []
const bin = versions.map((version) => `${root}/${version}/bin`).find((folder) => fs.existsSync(`${folder}/initdb`))
const openssl = spawnSync('openssl', ['version']).status === 0
/** Whether this machine can start a PostgreSQL of its own with TLS. */
export const canStart = bin !== undefined && openssl

const freePort = () =>
  new Promise<number>((resolve, reject) => {
    const server = net.createServer().on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const where = server.address()
      server.close(() => resolve(where !== null && typeof where !== 'string' ? where.port : 0))
    })
  })
const must = (done: { status: number | null; stderr: string | Buffer }) => {
  if (done.status !== 0) throw new Error(String(done.stderr))
}

/** A PostgreSQL that asks for passwords (SCRAM) and speaks TLS with a certificate of its own for `name`. */
export async function startPostgres(
  name: string,
  password: string,
): Promise<{ port: number; cert: string; stop(): Promise<void> }> {
  if (!bin) throw new Error('no PostgreSQL here')
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ps-own-pg-'))
  const file = (one: string) => path.join(dir, one)
  must(
    spawnSync('openssl', [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-keyout',
      file('key'),
      '-out',
      file('cert'),
      '-days',
      '2',
      '-nodes',
      '-subj',
      `/CN=${name}`,
      '-addext',
      `subjectAltName=DNS:${name}`,
    ]),
  )
  fs.chmodSync(file('key'), 0o600)
  fs.writeFileSync(file('password'), password)
  // PostgreSQL refuses to run as root.
  const line =
    process.getuid?.() === 0
      ? fs
          .readFileSync('/etc/passwd', 'utf8')
          .split('\n')
          .find((one) => /^(postgres|nobody):/.test(one))
      : undefined
  const [, , uid, gid] = line?.split(':') ?? []
  const as = uid === undefined ? {} : { uid: Number(uid), gid: Number(gid) }
  if (uid !== undefined)
    for (const one of ['.', 'key', 'cert', 'password']) fs.chownSync(file(one), Number(uid), Number(gid))
  must(
    spawnSync(
      `${bin}/initdb`,
      [
        '-D',
        file('data'),
        '-U',
        'postgres',
        '-A',
        'scram-sha-256',
        '--pwfile',
        file('password'),
        '-E',
        'UTF8',
        '--locale=C.UTF-8',
        '--no-sync',
      ],
      { ...as, cwd: dir },
    ),
  )
  const port = await freePort()
  const settings = {
    listen_addresses: '127.0.0.1',
    ssl: 'on',
    ssl_cert_file: file('cert'),
    ssl_key_file: file('key'),
    fsync: 'off',
    shared_buffers: '16MB',
  }
  const child = spawn(
    `${bin}/postgres`,
    [
      '-D',
      file('data'),
      '-p',
      String(port),
      '-k',
      dir,
      ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
    ],
    { ...as, cwd: dir, stdio: 'ignore' },
  )
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  for (let tries = 0; spawnSync(`${bin}/pg_isready`, ['-h', '127.0.0.1', '-p', String(port)]).status !== 0; tries++) {
    if (tries > 200 || child.exitCode !== null) throw new Error('PostgreSQL did not start')
    await Bun.sleep(50)
  }
  return {
    port,
    cert: fs.readFileSync(file('cert'), 'utf8'),
    async stop() {
      child.kill('SIGINT')
      await ended
      fs.rmSync(dir, { recursive: true, force: true })
    },
  }
}
