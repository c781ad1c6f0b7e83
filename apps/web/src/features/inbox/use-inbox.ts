import { useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { approvalsQuery } from '../../queries.ts'
import { useApi } from '../../wiring.tsx'
import { type Kept, keepInPlace } from './stable-list.ts'

export function useInbox() {
  const query = useQuery(approvalsQuery(useApi()))
  const [shown, setShown] = useState<Kept[]>([])
  useEffect(() => {
    if (query.data) setShown((before) => keepInPlace(before, query.data.items))
  }, [query.data])
  const tidy = () => setShown((before) => before.filter((k) => !k.gone))
  return { query, shown, tidy }
}
