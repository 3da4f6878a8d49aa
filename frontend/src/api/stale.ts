import type { QueryKey } from '@tanstack/react-query'

/** What must be asked for again. */
export interface Stale {
  queryKey: QueryKey
  exact: boolean
  /** It was observed, and is observed again soon: nothing has happened that anybody waits to see. */
  isObserved?: boolean
}

export const only = (...keys: QueryKey[]): Stale[] => keys.map(queryKey => ({ queryKey, exact: true }))
export const under = (...keys: QueryKey[]): Stale[] => keys.map(queryKey => ({ queryKey, exact: false }))
export const observed = (stale: Stale): Stale => ({ ...stale, isObserved: true })
