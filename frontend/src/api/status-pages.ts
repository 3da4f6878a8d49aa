import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type { components } from '@/api/schema.gen'

type Schemas = components['schemas']
export type StatusPage = Schemas['StatusPage']
export type PublicStatus = Schemas['PublicStatus']

export const statusPages = () =>
  queryOptions({
    queryKey: ['status-pages'],
    queryFn: ({ signal }) => take(client.GET('/api/alerts/status-pages', { signal })),
  })

export const publicStatus = (key: string) =>
  queryOptions({
    queryKey: ['status', key],
    queryFn: ({ signal }) =>
      take(client.GET('/api/public/status/{status_key}', { params: { path: { status_key: key } }, signal })),
    refetchInterval: 30_000,
    retry: false,
  })

export const makeStatusPage = (body: Schemas['StatusPageForm']) =>
  take(client.POST('/api/alerts/status-pages', { body }))
export const revokeStatusPage = (id: string) =>
  take(client.POST('/api/alerts/status-pages/{page_id}/revoke', { params: { path: { page_id: id } } }))

/** A verb after which the desk's pages are asked anew. */
export function useStatusPageVerb<Args, Answer>(verb: (args: Args) => Promise<Answer>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: verb,
    onSettled: () => cache.invalidateQueries({ queryKey: ['status-pages'] }),
  })
}
