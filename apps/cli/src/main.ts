import { keepLoopbackDirect, readEnvironment } from './environment.ts'
import { refusalOf, refusedVariable } from './refuse-environment.ts'
import { run } from './run.ts'

const refused = refusedVariable(process.env)
if (refused !== null) {
  process.stderr.write(`${refusalOf(refused)}\n`)
  process.exit(1)
}
keepLoopbackDirect()
const streams = { out: process.stdout, err: process.stderr, inputIsTerminal: process.stdin.isTTY === true }
const code = await run(process.argv.slice(2), streams, readEnvironment())
// Written output first: `exit` would cut a pipe that is still full.
await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))))
process.exit(code)
