import { UsageError } from './failure.ts'
import type { Terminal } from './terminal.ts'

/** Asks twice, without showing what is typed. */
export async function askPassword(terminal: Terminal): Promise<string> {
  const first = await hidden('Password (at least 12 characters): ', terminal)
  if ((await hidden('Once more: ', terminal)) !== first) throw new UsageError('The two passwords differ.')
  return first
}

function hidden(question: string, terminal: Terminal): Promise<string> {
  const { stdin, stderr } = process
  stderr.write(question)
  stdin.setRawMode(true)
  stdin.setEncoding('utf8')
  stdin.resume()
  return new Promise((done, fail) => {
    let text = ''
    const finish = (settle: () => void) => {
      stdin.setRawMode(false)
      stdin.pause()
      stdin.removeListener('data', read)
      terminal.note('')
      settle()
    }
    const read = (chunk: string | Buffer) => {
      for (const c of String(chunk)) {
        if (c === '\r' || c === '\n') return finish(() => done(text))
        if (c === '\u0003' || c === '\u0004') return finish(() => fail(new UsageError('Stopped.')))
        text = c === '\u007f' || c === '\b' ? [...text].slice(0, -1).join('') : text + c
      }
      return undefined
    }
    stdin.on('data', read)
  })
}
