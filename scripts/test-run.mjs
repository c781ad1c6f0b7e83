// One test file in a Bun of its own: nothing that a file leaves behind reaches the next.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { bunPath, safeFlags } from './bun.mjs'
import { root, run } from './run.mjs'

/** Test files of the packages and apps whose path begins with, or contains, one of the filters. */
export function testFiles(filters) {
  const of = (folder) =>
    fs.existsSync(folder)
      ? fs
          .readdirSync(folder, { recursive: true })
          .filter((f) => /\.test\.tsx?$/.test(f))
          .map((f) => path.relative(root, path.join(folder, f)))
      : []
  const homes = ['packages', 'apps'].flatMap((group) =>
    fs.readdirSync(path.join(root, group)).map((name) => path.join(root, group, name, 'test')),
  )
  const all = [...homes, path.join(root, 'scripts/test')].flatMap(of).sort()
  return filters.length === 0 ? all : all.filter((file) => filters.some((filter) => file.includes(filter)))
}

/** @returns {Promise<{passed: number, failed: number, skipped: string[], output: string, seconds: number}>} */
export async function runTestFile(file, env) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'permission-slip-test-'))
  // A test's PostgreSQL runs as another user, who must get through.
  fs.chmodSync(folder, 0o755)
  try {
    const report = path.join(folder, 'report.xml')
    const flags = ['--timeout', '60000', '--reporter=junit', `--reporter-outfile=${report}`]
    // What a test leaves in the temporary folder goes with it.
    const { code, output, seconds } = await run([bunPath(), ...safeFlags, 'test', ...flags, `./${file}`], {
      env: { ...env, TMPDIR: folder },
      minutes: 9,
    })
    const cases = fs.existsSync(report) ? readReport(fs.readFileSync(report, 'utf8')) : []
    const count = (outcome) => cases.filter((one) => one.outcome === outcome).length
    // A file that breaks outside its tests, or never reports, has failed too.
    const failed = count('failed') || (code === 0 && cases.length > 0 ? 0 : 1)
    // Hooks of a skipped group are listed too, without a name.
    const skipped = cases
      .filter((one) => one.outcome === 'skipped' && one.name !== '(unnamed)')
      // A whole group is one line; what needs the published descriptions is told apart by its own name.
      .map((one) => (one.name.includes('shared/specs') ? one.name : one.within || one.name))
    return { passed: count('passed'), failed, skipped, output, seconds }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

const entities = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
const plain = (text) =>
  text.replace(/&(amp|lt|gt|quot|apos|#\d+);/g, (_, e) => entities[e] ?? String.fromCodePoint(Number(e.slice(1))))

/** The test cases of a JUnit report as Bun writes it. */
function readReport(xml) {
  return [...xml.matchAll(/<testcase ([^>]*?)(?:\/>|>(.*?)<\/testcase>)/gs)].map(([, attributes, inside = '']) => {
    const attribute = (name) => plain(new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? '')
    const outcome = /<(failure|error)\b/.test(inside) ? 'failed' : inside.includes('<skipped') ? 'skipped' : 'passed'
    const within = attribute('classname')
    return { name: attribute('name'), within, outcome }
  })
}
