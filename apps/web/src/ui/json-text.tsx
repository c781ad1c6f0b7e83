import type { Json } from '@permission-slip/protocol/json.ts'
import classes from './json-text.module.css'
import { visible } from './visible.ts'

/** A JSON value in full, as text. */
export function JsonText({ value, label }: { value: Json; label: string }) {
  return (
    <section className={classes['frame']} aria-label={label}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre className={classes['pre']} tabIndex={0}>
        {visible(typeof value === 'string' ? value : JSON.stringify(value, null, 2))}
      </pre>
    </section>
  )
}
