import type { Json, JsonObject } from '@permission-slip/protocol/json.ts'
import { useState } from 'react'
import { visible } from '../../ui/visible.ts'
import classes from './parameters.module.css'

const asText = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value, null, 2))
/** Longer than this is folded; the rest is one tap away, never gone. */
const long = (text: string) => text.length > 280 || text.split('\n').length > 6

function Value({ name, value }: { name: string; value: Json }) {
  const text = asText(value)
  const [open, setOpen] = useState(false)
  const folds = long(text)
  return (
    <>
      <div className={classes['value']} data-kind={typeof value} data-folded={(folds && !open) || undefined}>
        {text === '' ? <em>empty text</em> : visible(text)}
      </div>
      {folds ? (
        <button type="button" className={classes['more']} aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Show less' : `Show all of ${name} (${new Intl.NumberFormat().format(text.length)} characters)`}
        </button>
      ) : null}
    </>
  )
}

/** Every parameter with its whole value. */
export function Parameters({ params }: { params: JsonObject }) {
  const names = Object.keys(params)
  if (names.length === 0) return <p className={classes['none']}>No parameters.</p>
  return (
    <dl className={classes['list']}>
      {names.map((name) => (
        <div key={name} className={classes['row']}>
          <dt>{name}</dt>
          <dd>
            <Value name={name} value={params[name] ?? null} />
          </dd>
        </div>
      ))}
    </dl>
  )
}
