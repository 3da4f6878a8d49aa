import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Failure } from '@/components/failure'
import { SkeletonRows } from '@/ui/skeleton'

interface Props<Data> {
  query: UseQueryResult<Data>
  skeleton?: ReactNode
  children: (data: Data) => ReactNode
}

/** The data once it is here. Data that is here stays, also when asking again fails. */
export function Loaded<Data>({ query, skeleton = <SkeletonRows />, children }: Props<Data>) {
  if (query.data !== undefined) return children(query.data)
  if (query.error) return <Failure error={query.error} onRetry={() => void query.refetch()} />
  return skeleton
}
