import type { Summary, SummaryPart } from '@permission-slip/protocol/action.ts'
import classes from './sentence.module.css'
import { visible } from './visible.ts'

/** Cut at whole characters, as a reader counts them. */
function shorten(text: string, most: number): string {
  if (text.length <= most) return text
  const letters = Array.from(text)
  return letters.length <= most ? text : `${letters.slice(0, most).join('').trimEnd()}…`
}

function Part({ part, most }: { part: SummaryPart; most: number }) {
  if ('text' in part) return <span>{part.text}</span>
  const text = shorten(visible(part.value), most)
  const cut = part.cut === true || text !== visible(part.value)
  return (
    <bdi className={classes['value']} title={cut ? 'Cut here; the whole value stands below' : undefined}>
      {text}
      {part.cut && !text.endsWith('…') ? '…' : ''}
    </bdi>
  )
}

/**
 * The connector's sentence; values of the request are marked, so that they can't pass for our words. Long values are
 * cut, one by one, so that none of our own words is pushed off the screen: whole values stand under the sentence.
 */
export function Sentence({ summary, most = 80 }: { summary: Summary; most?: number }) {
  // Parts have no identity but their place, and never move.
  const parts = summary.parts.map((part, at) => ({ part, at }))
  return (
    <span className={classes['sentence']}>
      {parts.map(({ part, at }) => (
        <Part key={at} part={part} most={most} />
      ))}
    </span>
  )
}
