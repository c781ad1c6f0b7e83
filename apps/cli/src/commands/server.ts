import { personClient } from '../caller.ts'
import type { Command } from '../command.ts'
import { failure, UsageError } from '../failure.ts'

const freeze: Command = {
  words: ['freeze'],
  args: [],
  options: {},
  about: 'stops everything: nothing starts until a person lifts it',
  run: async (given, context) => {
    const answer = await personClient(given, context).server.freeze()
    return { json: answer ?? { frozen: true }, text: 'Frozen. Nothing starts until: permission-slip unfreeze' }
  },
}

const unfreeze: Command = {
  words: ['unfreeze'],
  args: [],
  options: {},
  about: 'lifts the freeze',
  run: async (given, context) => {
    const answer = await personClient(given, context).server.unfreeze()
    return { json: answer ?? { frozen: false }, text: 'Not frozen any more.' }
  },
}

const confirmClock: Command = {
  words: ['clock', 'confirm'],
  args: [],
  options: {},
  about: 'says that the server’s clock is right after it jumped',
  run: async (given, context) => {
    const answer = await personClient(given, context).server.confirmClock()
    return { json: answer ?? { confirmed: true }, text: 'The clock is confirmed.' }
  },
}

const rotate: Command = {
  words: ['keys', 'rotate'],
  args: ['master|log'],
  options: {},
  about: 'makes a new key and seals or signs with it from now on',
  run: async (given, context) => {
    const which = given.args[0]
    if (which !== 'master' && which !== 'log') throw new UsageError('Say which key: master or log.')
    if (which === 'log') throw failure('not_available', 'permission-slip keys rotate log is not in this version.')
    const answer = await personClient(given, context).server.rotateKey(which)
    return {
      json: answer ?? { key: which, rotated: true },
      text: 'The master key is new, and every credential is sealed by it.',
    }
  },
}

export const commands: readonly Command[] = [freeze, unfreeze, confirmClock, rotate]
