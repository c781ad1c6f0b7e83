// A server as a process of its own that knows the echo service as well; its stderr is what an operator would keep.
import { entry } from '@permission-slip/connectors/kit/schema.ts'
import { serve } from '../../src/serve.ts'
import { echo } from './echo.ts'

const running = await serve(process.env, { catalogue: [{ entry: entry(echo, 'echo'), connector: echo }] })
console.log(JSON.stringify({ url: running.ctx.config.publicUrl, setup: running.setupUrl }))
process.on('SIGTERM', () => void running.stop().then(() => process.exit(0)))
process.stdin.on('end', () => process.exit(1)).resume()
