// `npm start`: installs and builds what is missing, then serves. Signals and the exit code are the server's.
import { install } from './install.mjs'
import { prepare } from './prepare.mjs'
import { refuseEnvironment } from './run.mjs'

refuseEnvironment()
await install({ dev: false })
await prepare()

// npm hands a signal to the shell between us, which ends without passing it on: a server without its npm ends too.
const parent = process.ppid
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM')
}, 500).unref()

process.argv.splice(2, 0, 'serve')
await import('../apps/cli/bin/permission-slip.mjs')
