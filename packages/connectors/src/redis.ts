import { defineConnector } from '../kit/define.ts'
import { check, normalise, signIn } from './redis/connection.ts'
import { hashActions } from './redis/hashes.ts'
import { keyActions } from './redis/keys.ts'
import { listActions } from './redis/lists.ts'
import { serverActions } from './redis/server.ts'
import { setActions } from './redis/sets.ts'
import { streamActions } from './redis/streams.ts'
import { stringActions } from './redis/strings.ts'

export { redisCommands } from './redis/commands.ts'

// `run` is the way here because Redis speaks its own protocol, not HTTP.
export const redis = defineConnector({
  id: 'redis',
  name: 'Redis',
  description: 'Strings, hashes, lists, sets, sorted sets, streams and messages of a Redis server. No scripts.',
  docs: 'https://redis.io/docs/latest/commands/',
  driver: 'redis',
  destination: ['host', 'port', 'username', 'tls', 'database'],
  auth: [signIn],
  normalise,
  check: { run: check },
  actions: {
    ...stringActions,
    ...keyActions,
    ...hashActions,
    ...listActions,
    ...setActions,
    ...streamActions,
    ...serverActions,
  },
})
