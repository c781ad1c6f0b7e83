/** Server-sent events: each is one log entry's type and subject; the event's id is the entry's sequence number. */
export interface LogEvent {
  seq: number
  type: string
  subject: string | null
  time: string
}
