import type { ReactNode } from 'react'
import { Card } from './card.tsx'
import classes from './section.module.css'

export function Section({ title, lead, children }: { title: string; lead?: ReactNode; children: ReactNode }) {
  return (
    <Card>
      <h2 className={classes['title']}>{title}</h2>
      {lead ? <p className={classes['lead']}>{lead}</p> : null}
      {children}
    </Card>
  )
}
