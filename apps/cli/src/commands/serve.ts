import type { Command } from '../command.ts'

const serve: Command = {
  words: ['serve'],
  args: [],
  options: {},
  about: 'runs the server; its settings are environment variables',
  run: async (_given, context) => {
    const server = await import('@permission-slip/server/serve.ts')
    await server.serve({ ...context.env.all })
    return null
  },
}

export const commands: readonly Command[] = [serve]
