// `npm start`: installs and builds what is missing, then serves. Signals and the exit code are the server's.
import { refuseEnvironment } from './run.mjs'
import { install } from './install.mjs'
import { prepare } from './prepare.mjs'

refuseEnvironment()
await install({ dev: false })
await prepare()
process.argv.splice(2, 0, 'serve')
await import('../apps/cli/bin/permission-slip.mjs')
