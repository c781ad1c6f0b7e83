import type { Json } from '@permission-slip/protocol/json.ts'
import { visible } from '../../ui/visible.ts'
import type { Changed } from './diff.ts'
import classes from './difference.module.css'

const say = (value: Json | undefined) =>
  value === undefined ? '(left out)' : visible(typeof value === 'string' ? value : JSON.stringify(value, null, 2))

/** What an edit changes, before and after. */
export function Difference({ changes }: { changes: Changed[] }) {
  return (
    <dl className={classes['list']} aria-label="Difference">
      {changes.map((c) => (
        <div key={c.name}>
          <dt>{c.name}</dt>
          <dd>
            <del>{say(c.before)}</del>
            <ins>{say(c.after)}</ins>
          </dd>
        </div>
      ))}
    </dl>
  )
}
