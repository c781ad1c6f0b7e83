// What the compiler and the linter can't say. Prints each place that breaks a rule.
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { root } from './run.mjs'

const isTest = (file) => /(^|\/)test\//.test(file)
const isCode = (file) => /\.(ts|tsx|mjs|cjs)$/.test(file)
const here = 'scripts/source-rules.mjs'
const registries = ['npmjs', 'yarnpkg', 'npmmirror', 'jsr'].map((name) => `(registry\\.)?${name}\\.(org|com|io)`)

/** A file may have what a rule forbids only where `except` says so. */
const rules = [
  { what: 'a cast through unknown', found: /\bas unknown as\b/, of: isCode, except: (f) => f === 'scripts/generate-web-assets.mjs' },
  { what: 'a silenced type error', found: /@ts-(ignore|nocheck|expect-error)\b/, of: isCode, except: (f) => isTest(f) },
  {
    what: 'a credential opened outside egress',
    found: /\.reveal\(/,
    of: isCode,
    except: (f) => f.startsWith('apps/server/src/egress/') || isTest(f),
  },
  {
    what: 'a permit for a connection test made elsewhere',
    found: /\bConnectionTest\.permit\b/,
    of: isCode,
    except: (f) => f === 'apps/server/src/connections/test.ts' || isTest(f),
  },
  {
    what: 'the environment read outside its one reader',
    found: /\bprocess\.env\b/,
    of: (f) => /^(apps\/server|packages\/[^/]+)\/(src|kit)\//.test(f),
    except: (f) => f === 'apps/server/src/config/env.ts',
  },
  { what: 'the host name of a package registry', found: new RegExp(`\\b(${registries.join('|')})\\b`), of: () => true, except: () => false },
  {
    what: 'a name outside the project',
    found: /\.\.\/shared\b(?!\/specs)/,
    of: () => true,
    except: () => false,
  },
  { what: '../shared/specs outside a test', found: /\.\.\/shared\/specs/, of: isCode, except: (f) => isTest(f) || f === 'scripts/test.mjs' },
  { what: 'work left for later', found: /\b(TODO|FIXME|XXX)\b/, of: isCode, except: () => false },
]

// What git would take: tracked, and new but not ignored.
const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
const files = listed.split('\0').filter((f) => f !== '' && f !== here && f !== 'package-lock.json' && fs.existsSync(path.join(root, f)))
let broken = 0
for (const file of files) {
  const lines = fs.readFileSync(path.join(root, file), 'utf8').split('\n')
  for (const { what, found, of, except } of rules) {
    if (!of(file) || except(file)) continue
    lines.forEach((line, i) => {
      if (!found.test(line)) return
      broken++
      process.stdout.write(`${file}:${i + 1}  ${what}: ${line.trim().slice(0, 100)}\n`)
    })
  }
}
process.exit(broken === 0 ? 0 : 1)
