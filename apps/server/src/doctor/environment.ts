import { type Finding, note, well, wrong } from './finding.ts'

/** Variables that put other code into the process, show what it does, or change whom it trusts. */
const hostile: readonly [name: RegExp, why: string][] = [
  [/^BUN_(OPTIONS|BE_BUN)$/, 'changes what the program is'],
  [/^BUN_INSPECT/, 'lets a debugger into the program'],
  [/^BUN_CONFIG_/, 'changes how the runtime works'],
  [/^NODE_OPTIONS$/, 'changes how the runtime works'],
  [/^LD_(PRELOAD|AUDIT)$/, 'puts other code into the program'],
  [/^DYLD_INSERT_LIBRARIES$/, 'puts other code into the program'],
  [/^NODE_TLS_REJECT_UNAUTHORIZED$/, 'switches certificate checks off'],
  [/^SSLKEYLOGFILE$/, 'writes the keys of encrypted connections to a file'],
]
/** With these the driver of our own database would fill in what the address leaves out. */
const ofPostgres: readonly [name: RegExp, why: string][] = [
  [/^PG[A-Z]+$/, 'changes how the database is reached; say it in PERMISSION_SLIP_DATABASE_URL'],
]

/** Somebody may have meant it: a company's own certificates. */
const certificates = /^(NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR)$/

export function lookAtEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  where: { of: string; postgres: boolean },
): Finding[] {
  const rules = where.postgres ? [...hostile, ...ofPostgres] : hostile
  const names = Object.keys(env)
    .filter((name) => env[name] !== undefined)
    .sort()
  const found = names.flatMap((name) => {
    const why = rules.find(([pattern]) => pattern.test(name))?.[1]
    const say = (what: string) => `${name} is set in the environment of ${where.of}: it ${what}.`
    if (certificates.test(name))
      return [
        note('environment', say('changes which certificates are trusted'), 'Unset it, unless you know whose they are.'),
      ]
    if (why === undefined) return []
    const mend = 'Unset it where the server is started; `env -i` before the program clears everything.'
    return [wrong('environment', say(why), mend)]
  })
  return found.length > 0
    ? found
    : [well('environment', `Nothing in the environment of ${where.of} changes the program.`)]
}
