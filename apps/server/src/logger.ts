import pino from 'pino'

export type Logger = pino.Logger
/** JSON lines on stderr. No credential is ever given to it; what a request carries is never logged whole. */
export const makeLogger = (level: string): Logger =>
  pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2))
