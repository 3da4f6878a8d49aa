import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type { paths } from '@/api/schema.gen'

/** Whose record: the desk's own, or the platform's, which operators and auditors see. */
export type RecordOf = 'desk' | 'platform'
export type AuditFilters = Omit<
  NonNullable<paths['/api/audit']['get']['parameters']['query']>,
  'after' | 'limit'
>

export const ENTRIES_A_PAGE = 100
const RARELY = 5 * 60_000

export const auditEntries = (of: RecordOf, filters: AuditFilters) =>
  infiniteQueryOptions({
    queryKey: ['audit', of, filters],
    queryFn: ({ pageParam, signal }) => {
      const after = pageParam ? { after: pageParam } : {}
      const params = { query: { ...filters, ...after, limit: ENTRIES_A_PAGE } }
      return take(
        of === 'desk'
          ? client.GET('/api/audit', { params, signal })
          : client.GET('/api/operator/audit', { params, signal }),
      )
    },
    initialPageParam: '',
    getNextPageParam: page => (page.length < ENTRIES_A_PAGE ? undefined : page.at(-1)?.id),
    placeholderData: keepPreviousData,
  })

export const auditChoices = (of: RecordOf) =>
  queryOptions({
    queryKey: ['audit', of, 'choices'],
    queryFn: ({ signal }) =>
      take(
        of === 'desk'
          ? client.GET('/api/audit/choices', { signal })
          : client.GET('/api/operator/audit/choices', { signal }),
      ),
    staleTime: RARELY,
  })

/** Walks the whole record: asked for by a person, never by itself. */
export const auditVerdict = (of: RecordOf) =>
  take(
    of === 'desk'
      ? client.GET('/api/audit/verification', {})
      : client.GET('/api/operator/audit/verification', {}),
  )
