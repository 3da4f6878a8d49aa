import type { QueryClient } from '@tanstack/react-query'
import type { LiveMessage } from '@/api/live-messages'
import type { Optimisation } from '@/api/optimisations'

type OptimisationMessage = Extract<LiveMessage, { type: 'optimisation' }>

/** Write how far one is, as the message says; false where there is more to know, which is asked for. */
export function hasGoneOn(cache: QueryClient, message: OptimisationMessage): boolean {
  const { id, state, done, total, secondsLeft } = message
  // Without a time the message is of a step, not of a try: the best may be another one.
  if (state !== 'running' || secondsLeft === null) return false
  const after = (row: Optimisation): Optimisation =>
    row.id === id ? { ...row, state, done, total, secondsLeft } : row
  for (const [key, rows] of cache.getQueriesData<Optimisation[]>({ queryKey: ['optimisations', 'list'] })) {
    cache.setQueryData(key, rows?.map(after))
  }
  cache.setQueryData<Optimisation>(['optimisations', 'one', id], row => row && after(row))
  return true
}
