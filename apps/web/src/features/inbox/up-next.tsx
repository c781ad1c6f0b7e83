import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { approvalsQuery } from '../../queries.ts'
import { useApi } from '../../wiring.tsx'
import { InboxCard } from './inbox-card.tsx'
import classes from './up-next.module.css'

/** After a decision the next one comes 600 ms later, below the result, with its own buttons asleep at first. */
export function UpNext({ after }: { after: string }) {
  const waiting = useQuery(approvalsQuery(useApi())).data?.items ?? []
  const [ready, setReady] = useState(false)
  const [pinned, setPinned] = useState<string | null>(null)
  useEffect(() => {
    const timer = setTimeout(() => setReady(true), 600)
    return () => clearTimeout(timer)
  }, [])
  const others = waiting.filter((a) => a.id !== after).sort((a, b) => (a.created_at < b.created_at ? -1 : 1))
  const next = others.find((a) => a.id === pinned) ?? others[0]
  useEffect(() => {
    if (ready && next) setPinned(next.id)
  }, [ready, next])
  if (!ready || !next) return null
  return (
    <section className={classes['next']} aria-label="Next">
      <h2>
        Next <span>{others.length > 1 ? `${others.length} waiting` : ''}</span>
      </h2>
      <InboxCard key={next.id} item={next} gone={false} selected={false} />
    </section>
  )
}
