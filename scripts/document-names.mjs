// Every path that the documents name exists, and every npm script, so that they can't fall behind the code.
import fs from 'node:fs'
import path from 'node:path'
import { root } from './run.mjs'

const documents = [
  ...['README.md', 'AGENTS.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'],
  ...fs
    .readdirSync(path.join(root, 'docs'), { recursive: true })
    .filter((f) => f.endsWith('.md'))
    .map((f) => `docs/${f}`),
]
/** What a build makes: named, but not in a fresh clone. */
const made = ['dist/permission-slip', 'apps/web/dist']
const tops = fs.readdirSync(root).filter((name) => !['node_modules', '.git'].includes(name))
const { scripts } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'))

/** Where the document means this path to be: from the project's folder, or a link from the document's own. */
const exists = (document, name) =>
  fs.existsSync(path.join(root, name)) || fs.existsSync(path.join(root, path.dirname(document), name))

let broken = 0
const wrong = (document, line, message) => {
  broken++
  process.stdout.write(`${document}:${line}  ${message}\n`)
}
for (const document of documents) {
  const lines = fs.readFileSync(path.join(root, document), 'utf8').split('\n')
  lines.forEach((text, i) => {
    for (const [, target] of text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g))
      if (!exists(document, target)) wrong(document, i + 1, `a link to ${target}, which does not exist`)
    for (const [, name] of text.matchAll(
      /(?:^|[\s`("'])((?:\.?[\w-]+\/)+[\w.<>*{},-]*|[\w.-]+\.(?:md|ts|tsx|mjs|cjs|json))(?=$|[\s`)"',:;]|\.(?:\s|$))/g,
    )) {
      const top = name.split('/')[0]
      // Patterns such as packages/connectors/src/<service>.ts are held to their folder.
      const fixed = name.replace(/[^/]*[<*{].*$/, '')
      if (
        (tops.includes(top) || name.startsWith('docs/')) &&
        !made.some((m) => fixed.startsWith(m)) &&
        !exists(document, fixed)
      )
        wrong(document, i + 1, `${name} does not exist`)
    }
    for (const [, name] of text.matchAll(/npm run ([\w:-]+)/g))
      if (!(name in scripts)) wrong(document, i + 1, `npm run ${name} is no script of package.json`)
  })
}
process.exit(broken === 0 ? 0 : 1)
