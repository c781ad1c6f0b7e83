import { IconCheck } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import classes from './step.module.css'

interface Props {
  n: number
  title: string
  state: 'done' | 'now' | 'later'
  /** Shown also while it is still to come. */
  always?: boolean
  children: ReactNode
}
/** One step of the walk: done, under way, or still to come. */
export function Step({ n, title, state, always = false, children }: Props) {
  return (
    <li className={classes['step']} data-state={state} aria-current={state === 'now' ? 'step' : undefined}>
      <span className={classes['mark']} aria-hidden>
        {state === 'done' ? <IconCheck size={18} /> : n}
      </span>
      <div className={classes['body']}>
        <h2>
          {title}
          {state === 'done' ? <span className="ps-hidden"> (done)</span> : null}
        </h2>
        {state === 'later' && !always ? null : children}
      </div>
    </li>
  )
}
