// What the compiler and the linter can't say. Prints each place that breaks a rule.
import fs from 'node:fs'
import path from 'node:path'
import { root } from './run.mjs'

const isTest = (file) => /(^|\/)test\//.test(file)
const isCode = (file) => /\.(ts|tsx|mjs|cjs)$/.test(file)
const here = 'scripts/source-rules.mjs'
const registries = ['npmjs', 'yarnpkg', 'npmmirror', 'jsr'].map((name) => `(registry\\.)?${name}\\.(org|com|io)`)

/** A file may have what a rule forbids only where `except` says so. */
const rules = [
  {
    what: 'a cast through unknown',
    found: /\bas unknown as\b/,
    of: isCode,
    except: () => false,
  },
  {
    what: 'a silenced type error',
    found: /@ts-(ignore|nocheck|expect-error)\b/,
    of: isCode,
    except: (f) => isTest(f) || f === 'scripts/generate-web-assets.mjs',
  },
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
    what: 'a credential taken from the vault by who may not',
    found: /\bvault\.open\(/,
    of: isCode,
    except: (f) =>
      /^apps\/server\/src\/(actions\/(execute|perform)|connections\/(look-up|refresh|test)|notify\/.*)\.ts$/.test(f) ||
      isTest(f),
  },
  {
    what: 'a way to the network that egress does not hold',
    found:
      /(\bawait|\breturn|=>|[=?:(]) ?fetch\(|\bBun\.(connect|sql|SQL|redis|RedisClient|udpSocket)\b|\bnew (WebSocket|EventSource|XMLHttpRequest)\(|from 'bun'/,
    of: (f) => /^(apps\/server\/src|packages\/(protocol|connectors)\/(src|kit))\//.test(f),
    except: (f) => f.startsWith('apps/server/src/egress/'),
  },
  {
    what: 'the environment read outside its one reader',
    found: /\bprocess\.env\b/,
    of: (f) => /^(apps\/server|packages\/[^/]+)\/(src|kit)\//.test(f),
    except: () => false,
  },
  {
    what: 'the host name of a package registry',
    found: new RegExp(`\\b(${registries.join('|')})\\b`),
    of: () => true,
    except: () => false,
  },
  {
    what: 'a name outside the project',
    found: /\.\.\/shared\b(?!\/specs)/,
    of: () => true,
    except: () => false,
  },
  {
    what: '../shared/specs outside a test',
    found: /\.\.\/shared\/specs/,
    of: isCode,
    except: (f) => isTest(f) || f === 'scripts/test.mjs',
  },
  { what: 'work left for later', found: /\b(TODO|FIXME|XXX)\b/, of: isCode, except: () => false },
]

const walk = (folder) =>
  fs.readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name)
    if (['.git', 'node_modules', 'dist', 'generated', 'coverage'].includes(entry.name)) return []
    return entry.isDirectory() ? walk(name) : entry.isFile() ? [name] : []
  })
const files = walk('').filter((file) => file !== here && file !== 'package-lock.json')

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
