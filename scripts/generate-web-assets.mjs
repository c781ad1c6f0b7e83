// Writes apps/server/src/generated/web-assets.ts: the built web app's files by address, embedded by `bun build --compile`.
import fs from 'node:fs'
import path from 'node:path'
import { root } from './run.mjs'

const dist = path.join(root, 'apps/web/dist')
const out = path.join(root, 'apps/server/src/generated/web-assets.ts')

const files = fs.existsSync(dist)
  ? fs
      .readdirSync(dist, { recursive: true, withFileTypes: true })
      .filter((f) => f.isFile())
      .map((f) => path.relative(dist, path.join(f.parentPath, f.name)))
      .sort()
  : []
const from = path.relative(path.dirname(out), dist)
const lines = files.map((f, i) => `import f${i} from '${from}/${f}' with { type: 'file' }`)
const text = `// Made by scripts/generate-web-assets.mjs.
// @ts-nocheck: a file's import is its path, which no declaration of a script says.
${lines.join('\n')}
export const webAssets: Readonly<Record<string, string>> = {
${files.map((f, i) => `  '/${f}': f${i},`).join('\n')}
}
`
fs.mkdirSync(path.dirname(out), { recursive: true })
if (!fs.existsSync(out) || fs.readFileSync(out, 'utf8') !== text) fs.writeFileSync(out, text)
