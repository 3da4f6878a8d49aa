import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type { components } from '@/api/schema.gen'
import { forgetFleet } from '@/api/verbs'

type Schemas = components['schemas']
export type KillSwitch = Schemas['KillSwitch']
export type KillSwitchPreview = Schemas['KillSwitchPreview']
export type KillSwitchForm = Schemas['KillSwitchForm']
export type AccountAtStake = Schemas['AccountAtStake']
export type SymbolAtStake = Schemas['SymbolAtStake']
export type OperatorPreview = Schemas['OperatorPreview']

/** While something is still open the screen looks this often; the hub looks every second. */
const OPEN_MS = 1_000
const IDLE_MS = 10_000

export const killSwitchPreview = () =>
  queryOptions({
    queryKey: ['kill-switch', 'preview'],
    queryFn: ({ signal }) => take(client.GET('/api/kill-switch/preview', { signal })),
    refetchInterval: 3_000,
  })

export const killSwitches = () =>
  queryOptions({
    queryKey: ['kill-switch', 'list'],
    queryFn: ({ signal }) => take(client.GET('/api/kill-switch', { signal })),
    refetchInterval: ({ state }) => (state.data?.some(row => row.isWatched) ? OPEN_MS : IDLE_MS),
  })

export const operatorPreview = () =>
  queryOptions({
    queryKey: ['kill-switch', 'operator', 'preview'],
    queryFn: ({ signal }) => take(client.GET('/api/operator/kill-switch/preview', { signal })),
    refetchInterval: 3_000,
  })

export const operatorUses = () =>
  queryOptions({
    queryKey: ['kill-switch', 'operator', 'list'],
    queryFn: ({ signal }) => take(client.GET('/api/operator/kill-switch', { signal })),
    refetchInterval: ({ state }) => (state.data?.some(row => !row.flatAt) ? OPEN_MS : IDLE_MS),
  })

export const useKillSwitch = () =>
  useVerb((body: KillSwitchForm) => take(client.POST('/api/kill-switch', { body })))

export const useKillSwitchForAll = () =>
  useVerb((body: KillSwitchForm) => take(client.POST('/api/operator/kill-switch', { body })))

function useVerb<Answer>(verb: (body: KillSwitchForm) => Promise<Answer>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: verb,
    onSuccess: () => {
      forgetFleet(cache)
      return cache.invalidateQueries({ queryKey: ['kill-switch'] })
    },
  })
}
