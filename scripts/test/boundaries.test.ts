import { expect, test } from 'bun:test'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const root = path.join(import.meta.dir, '../..')
const config = path.join(root, '.dependency-cruiser.cjs')

/** For each rule a file that breaks it, by the line it has. */
const forbidden: Readonly<Record<string, readonly [file: string, line: string]>> = {
  'protocol-imports-zod-only': ['packages/protocol/src/a.ts', `import 'hono'`],
  'client-imports-protocol-and-zod-only': ['packages/client/src/a.ts', `import '../../connectors/kit/good.ts'`],
  'kit-imports-protocol-and-zod-only': ['packages/connectors/kit/a.ts', `import '../src/other.ts'`],
  'service-imports-kit-and-zod-only': ['packages/connectors/src/service.ts', `import 'node:fs'`],
  'web-knows-client-and-protocol-only': ['apps/web/src/a.ts', `import '../../server/src/good.ts'`],
  'server-knows-no-client': ['apps/server/src/a.ts', `import '../../../packages/client/src/good.ts'`],
  'command-line-takes-four-things-of-the-server': ['apps/cli/src/a.ts', `import '../../server/src/db/good.ts'`],
  'domain-knows-no-http': ['apps/server/src/actions/a.ts', `import '../http/good.ts'`],
  'database-knows-no-domain': ['apps/server/src/db/a.ts', `import '../actions/good.ts'`],
  'pure-does-no-io': ['apps/server/src/rules/match.ts', `import '../reads-a-file.ts'`],
  'only-egress-reaches-the-network': ['apps/server/src/connections/a.ts', `import 'node:https'`],
  'only-who-may-open-imports-the-vault': ['apps/server/src/approvals/a.ts', `import '../connections/vault.ts'`],
  'sources-know-no-tests': ['apps/server/src/b.ts', `import '../test/good.ts'`],
  'no-cycle': ['apps/server/src/c.ts', `import './d.ts'`],
  'what-runs-declares-what-it-needs': ['apps/server/src/e.ts', `import 'fast-check'`],
  resolvable: ['apps/server/src/f.ts', `import './nowhere.ts'`],
}
/** What these import, and what is allowed. */
const others: Readonly<Record<string, string>> = {
  'packages/connectors/kit/good.ts': `import 'zod'`,
  'packages/connectors/src/other.ts': `import '../kit/good.ts'`,
  'packages/client/src/good.ts': `import '../../protocol/src/good.ts'`,
  'packages/protocol/src/good.ts': `import 'zod'`,
  'apps/server/src/good.ts': `import './connections/vault-free.ts'`,
  'apps/server/src/connections/vault-free.ts': `import './vault.ts'`,
  'apps/server/src/connections/vault.ts': `import '../db/good.ts'`,
  'apps/server/src/db/good.ts': `import './open.ts'`,
  'apps/server/src/db/open.ts': `import 'pg'`,
  'apps/server/src/http/good.ts': `import '../actions/good.ts'`,
  'apps/server/src/actions/good.ts': `import '../db/good.ts'`,
  'apps/server/src/egress/good.ts': `import 'node:https'`,
  'apps/server/src/reads-a-file.ts': `import 'node:fs'`,
  'apps/server/src/d.ts': `import './c.ts'`,
  'apps/server/test/good.ts': `import 'fast-check'`,
}

test('every rule about who may import whom is broken by its forbidden import, and by nothing that is allowed', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'permission-slip-boundaries-'))
  try {
    const put = (file: string, line: string) => {
      fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
      fs.writeFileSync(path.join(folder, file), `${line}\nexport const here = ''\n`)
    }
    for (const [file, line] of Object.values(forbidden)) put(file, line)
    for (const [file, line] of Object.entries(others)) put(file, line)
    put('scripts/a.mjs', '')
    const homes = ['apps/server', 'packages/protocol', 'packages/connectors'].map((home) => `${home}/package.json`)
    for (const name of ['tsconfig.json', 'package.json', ...homes])
      fs.copyFileSync(path.join(root, name), path.join(folder, name))
    fs.symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'))

    const program = path.join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
    const ran = Bun.spawnSync(['node', program, '--config', config, '-T', 'json', 'apps', 'packages', 'scripts'], {
      cwd: folder,
    })
    const { summary } = JSON.parse(ran.stdout.toString()) as {
      summary: { violations: { from: string; rule: { name: string } }[] }
    }
    const found = summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`)
    for (const [rule, [file]] of Object.entries(forbidden)) expect(found).toContain(`${rule}: ${file}`)
    const allowed = summary.violations.filter(
      ({ rule, from }) => Object.hasOwn(others, from) && rule.name !== 'no-cycle',
    )
    expect(allowed).toEqual([])
  } finally {
    fs.rmSync(folder, { recursive: true, force: true })
  }
})

test('each rule stands in that list', async () => {
  const { forbidden: rules } = (await import(config)).default as { forbidden: { name: string }[] }
  expect(rules.map(({ name }) => name).sort()).toEqual(Object.keys(forbidden).sort())
})
