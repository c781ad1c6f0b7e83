import { Title } from '@mantine/core'
import type { ReactNode } from 'react'
import { InsecureNotice } from '../../ui/insecure-notice.tsx'
import { useTitle } from '../../ui/page.tsx'
import classes from './plain-frame.module.css'

/** The frame of what comes before the shell: sign-in and set-up. */
export function PlainFrame({ title, lead, children }: { title: string; lead: ReactNode; children: ReactNode }) {
  useTitle(title)
  return (
    <main className={classes['frame']}>
      <InsecureNotice />
      <div className={classes['card']}>
        <img src="/icon.svg" width={44} height={44} alt="" />
        <Title order={1} fz={24} mt="sm">
          {title}
        </Title>
        <div className={classes['lead']}>{lead}</div>
        {children}
      </div>
    </main>
  )
}
