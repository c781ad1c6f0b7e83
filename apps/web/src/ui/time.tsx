import { createContext, useContext, useEffect, useState } from 'react'

const Clock = createContext<number | null>(null)

/** One tick a second for all times on a page. */
export function ClockProvider({ children }: { children: React.ReactNode }) {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [])
  return <Clock value={now}>{children}</Clock>
}
export const useNow = (): number => useContext(Clock) ?? Date.now()

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' })
const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
]
export function sayAgo(instant: string, now: number): string {
  const seconds = Math.round((Date.parse(instant) - now) / 1000)
  const [unit, size] = units.find(([, s]) => Math.abs(seconds) >= s) ?? ['second' as const, 1]
  return Math.abs(seconds) < 5 ? 'now' : relative.format(Math.trunc(seconds / size), unit)
}

const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
export const sayWhen = (instant: string): string => full.format(new Date(instant))

/** An instant in the reader's zone, as a distance; the exact time on hover. */
export function Ago({ at }: { at: string }) {
  const now = useNow()
  return (
    <time dateTime={at} title={sayWhen(at)}>
      {sayAgo(at, now)}
    </time>
  )
}

const count = (n: number, unit: string) =>
  new Intl.NumberFormat(undefined, { style: 'unit', unit, unitDisplay: 'short' }).format(n)
/** Time left in at most two units: `23 hr 59 min`, `42 sec`. */
export function sayLeft(ms: number): string {
  const s = Math.max(0, Math.ceil(ms / 1000))
  if (s < 60) return count(s, 'second')
  if (s < 3600)
    return s < 600
      ? `${count(Math.floor(s / 60), 'minute')} ${count(s % 60, 'second')}`
      : count(Math.floor(s / 60), 'minute')
  if (s < 86_400) return `${count(Math.floor(s / 3600), 'hour')} ${count(Math.floor((s % 3600) / 60), 'minute')}`
  return `${count(Math.floor(s / 86_400), 'day')} ${count(Math.floor((s % 86_400) / 3600), 'hour')}`
}

export function TimeLeft({ until }: { until: string | null }) {
  const now = useNow()
  if (until === null) return <span>No time limit</span>
  const left = Date.parse(until) - now
  return (
    <time dateTime={until} title={sayWhen(until)}>
      {left <= 0 ? 'Time is up' : `${sayLeft(left)} left`}
    </time>
  )
}
