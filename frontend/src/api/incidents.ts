import {
  infiniteQueryOptions,
  keepPreviousData,
  queryOptions,
  useMutation,
  useQueryClient,
} from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type { components, paths } from '@/api/schema.gen'

type Schemas = components['schemas']
export type Incident = Schemas['Incident']
export type IncidentDetail = Schemas['IncidentDetail']
export type AccountEvent = Schemas['AccountEvent']
export type IncidentEvent = Schemas['IncidentEvent']
export type IncidentDelivery = Schemas['IncidentDelivery']
export type IncidentFilters = Omit<
  NonNullable<paths['/api/alerts/incidents']['get']['parameters']['query']>,
  'after' | 'limit'
>

const A_PAGE = 50

export const incidents = (filters: IncidentFilters) =>
  infiniteQueryOptions({
    queryKey: ['incidents', 'list', filters],
    queryFn: ({ pageParam, signal }) => {
      const query = { ...filters, ...(pageParam ? { after: pageParam } : {}), limit: A_PAGE }
      return take(client.GET('/api/alerts/incidents', { params: { query }, signal }))
    },
    initialPageParam: '',
    getNextPageParam: page => (page.length < A_PAGE ? undefined : page.at(-1)?.id),
    placeholderData: keepPreviousData,
  })

export const incidentCounts = () =>
  queryOptions({
    queryKey: ['incidents', 'counts'],
    queryFn: ({ signal }) => take(client.GET('/api/alerts/incidents/counts', { signal })),
  })

/** What opened last of what is critical and nobody has. */
export const newestCritical = () =>
  queryOptions({
    queryKey: ['incidents', 'newest-critical'],
    queryFn: ({ signal }) => {
      const query = { state: 'open', severity: 'critical', limit: 1 } as const
      return take(client.GET('/api/alerts/incidents', { params: { query }, signal }))
    },
    staleTime: 0,
  })

const of = (id: string) => ({ params: { path: { incident_id: id } } })

export const incident = (id: string) =>
  queryOptions({
    queryKey: ['incidents', 'one', id],
    queryFn: ({ signal }) => take(client.GET('/api/alerts/incidents/{incident_id}', { ...of(id), signal })),
    // The stream does not say when a message went: as long as one waits, ask.
    refetchInterval: query =>
      query.state.data?.deliveries.some(row => row.state === 'queued') ? 3_000 : false,
  })

export const accountEvents = (id: string) =>
  queryOptions({
    queryKey: ['incidents', 'account', id],
    queryFn: ({ signal }) =>
      take(client.GET('/api/accounts/{account_id}/events', { params: { path: { account_id: id } }, signal })),
  })

export const acknowledgeIncident = (id: string) =>
  take(client.POST('/api/alerts/incidents/{incident_id}/acknowledge', of(id)))
export const snoozeIncident = (id: string, until: Date) =>
  take(
    client.POST('/api/alerts/incidents/{incident_id}/snooze', {
      ...of(id),
      body: { until: until.toISOString() },
    }),
  )
export const commentIncident = (id: string, text: string) =>
  take(client.POST('/api/alerts/incidents/{incident_id}/comment', { ...of(id), body: { text } }))
export const resolveIncident = (id: string, text: string) =>
  take(client.POST('/api/alerts/incidents/{incident_id}/resolve', { ...of(id), body: { text } }))
export const actOnIncidents = (body: Schemas['IncidentsForm']) =>
  take(client.POST('/api/alerts/incidents/together', { body }))

/** A verb after which everything that shows incidents is asked anew. */
export function useIncidentVerb<Args, Answer>(verb: (args: Args) => Promise<Answer>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: verb,
    onSettled: () => cache.invalidateQueries({ queryKey: ['incidents'] }),
  })
}
