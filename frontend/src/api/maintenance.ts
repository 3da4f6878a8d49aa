import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type { components } from '@/api/schema.gen'

type Schemas = components['schemas']
export type MaintenanceWindow = Schemas['MaintenanceWindow']
export type MaintenanceForm = Schemas['MaintenanceForm']

export const maintenance = () =>
  queryOptions({
    queryKey: ['maintenance'],
    queryFn: ({ signal }) => take(client.GET('/api/alerts/maintenance', { signal })),
    // A window begins and ends by the clock.
    refetchInterval: 30_000,
  })

export const planMaintenance = (body: MaintenanceForm) =>
  take(client.POST('/api/alerts/maintenance', { body }))
export const endMaintenance = (id: string) =>
  take(client.POST('/api/alerts/maintenance/{window_id}/end', { params: { path: { window_id: id } } }))

/** A verb after which the windows are asked anew. */
export function useMaintenanceVerb<Args, Answer>(verb: (args: Args) => Promise<Answer>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: verb,
    onSettled: () => cache.invalidateQueries({ queryKey: ['maintenance'] }),
  })
}
