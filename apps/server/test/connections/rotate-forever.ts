import { parseConfig } from '../../src/config/config.ts'
import { rotateMaster } from '../../src/connections/rotate-master.ts'
import { makeContext } from '../../src/context.ts'
import { serverActor } from '../../src/http/caller.ts'

// Run and killed by a test: rotates the master key again and again.
const ctx = await makeContext(parseConfig(process.env))
for (;;) {
  const { version } = await rotateMaster(
    { writer: ctx.writer, keys: ctx.keyRing, file: ctx.config.masterKeyFile },
    serverActor,
  )
  console.log(version)
}
