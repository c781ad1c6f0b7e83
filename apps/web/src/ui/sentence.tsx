import type { Summary } from '@permission-slip/protocol/action.ts'
import classes from './sentence.module.css'
import { visible } from './visible.ts'

/** The connector's sentence; values of the request are marked, so that they can't pass for our words. */
export function Sentence({ summary }: { summary: Summary }) {
  return (
    <span className={classes['sentence']}>
      {summary.parts.map((part, i) =>
        'text' in part ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts have no other identity and never move
          <span key={i}>{part.text}</span>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts have no other identity and never move
          <bdi key={i} className={classes['value']} title={part.cut ? 'Cut here; the whole value stands below' : undefined}>
            {visible(part.value)}
            {part.cut ? '…' : ''}
          </bdi>
        ),
      )}
    </span>
  )
}
