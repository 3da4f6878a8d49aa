import { queryOptions } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type { components } from '@/api/schema.gen'

type Schemas = components['schemas']

export type ConnectedTime = Schemas['ConnectedTime']
export type PerformanceSample = Schemas['PerformanceSample']
export type TradingSession = Schemas['TradingSession']

/** A sample is written every half minute; so often the newest is asked for. */
const SAMPLE_MS = 30_000

export const performanceOf = (id: string, hours: number) =>
  queryOptions({
    queryKey: ['instances', id, 'performance', hours],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/instances/{instance_id}/performance', {
          params: { path: { instance_id: id }, query: { hours } },
          signal,
        }),
      ),
    refetchInterval: SAMPLE_MS,
  })

export const sessionsOf = (id: string, days: number) =>
  queryOptions({
    queryKey: ['accounts', id, 'sessions', days],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/accounts/{account_id}/sessions', {
          params: { path: { account_id: id }, query: { days } },
          signal,
        }),
      ),
    refetchInterval: SAMPLE_MS,
  })

export const ownCosts = () =>
  queryOptions({
    queryKey: ['billing', 'costs'],
    queryFn: ({ signal }) => take(client.GET('/api/costs', { signal })),
  })
