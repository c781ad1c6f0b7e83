import { Center, Loader } from '@mantine/core'
import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Broken } from './broken.tsx'

/** Shows what a read brought, a sign that it is under way, or what went wrong. */
export function Loaded<T>({ query, children }: { query: UseQueryResult<T>; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) return children(query.data)
  if (query.isError) return <Broken error={query.error} retry={() => query.refetch()} />
  return (
    <Center py={64}>
      <Loader size="sm" aria-label="Loading" role="status" />
    </Center>
  )
}
