// A server as a process of its own, as `permission-slip serve` starts it, that knows the depot as well. Its first line
// on stdout says where it listens.
import { serve } from '../src/serve.ts'
import { depotAs } from './depot/connector.ts'

const running = await serve(process.env, { catalogue: depotAs(process.env['DEPOT_VERSION'] ?? '1') })
console.log(JSON.stringify({ url: running.ctx.config.publicUrl, setup: running.setupUrl }))
process.on('SIGTERM', () => void running.stop().then(() => process.exit(0)))
// Whoever started this holds the other end of stdin: it ends with them.
process.stdin.on('end', () => process.exit(1)).resume()
