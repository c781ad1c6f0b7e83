import type { Summary, SummaryPart } from '@permission-slip/protocol/action.ts'
import classes from './sentence.module.css'
import { visible } from './visible.ts'

function Part({ part }: { part: SummaryPart }) {
  if ('text' in part) return <span>{part.text}</span>
  return (
    <bdi className={classes['value']} title={part.cut ? 'Cut here; the whole value stands below' : undefined}>
      {visible(part.value)}
      {part.cut ? '…' : ''}
    </bdi>
  )
}

/** The connector's sentence; values of the request are marked, so that they can't pass for our words. */
export function Sentence({ summary }: { summary: Summary }) {
  // Parts have no identity but their place, and never move.
  const parts = summary.parts.map((part, at) => ({ part, at }))
  return (
    <span className={classes['sentence']}>
      {parts.map(({ part, at }) => (
        <Part key={at} part={part} />
      ))}
    </span>
  )
}
