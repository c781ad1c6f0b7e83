import type { Command } from '../command.ts'

const serve: Command = {
  words: ['serve'],
  args: [],
  options: {},
  about: 'runs the server; its settings are environment variables',
  run: async (_given, context) => {
    const { terminal, env } = context
    const { serve: start, builtAt } = await import('@permission-slip/server/serve.ts')
    // A link that a person must see goes to stdout, before the port opens, whoever reads stdout.
    const announce = (text: string) => (terminal.json ? terminal.note(text) : terminal.answer(text, text))
    const server = await start({ ...env.all }, { announce, builtAt })
    const { publicUrl } = server.ctx.config
    terminal.answer({ url: publicUrl, setup_url: server.setupUrl }, `Permission Slip is at ${publicUrl}`)
    await stopSignal()
    await server.stop()
    return null
  },
}

/** The first signal asks to end well; a second one ends at once. */
function stopSignal(): Promise<void> {
  const signals: NodeJS.Signals[] = ['SIGINT', 'SIGTERM']
  return new Promise((done) => {
    const first = () => {
      for (const signal of signals) {
        process.off(signal, first)
        process.on(signal, () => process.exit(1))
      }
      done()
    }
    for (const signal of signals) process.on(signal, first)
  })
}

export const commands: readonly Command[] = [serve]
