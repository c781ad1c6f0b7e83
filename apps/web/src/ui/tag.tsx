import type { ReactNode } from 'react'
import classes from './tag.module.css'

export type Tone = 'low' | 'medium' | 'high' | 'info' | 'neutral'

/** A word on a colour; the colour never says more than the word. */
export function Tag({ tone = 'neutral', children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span className={classes['tag']} data-tone={tone}>
      {children}
    </span>
  )
}
