import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type { components, operations } from '@/api/schema.gen'

type Schemas = components['schemas']

export type ConnectedTime = Schemas['ConnectedTime']
export type PerformanceSample = Schemas['PerformanceSample']
export type TradingSession = Schemas['TradingSession']

type QueryOf<O extends keyof operations> = NonNullable<operations[O]['parameters']['query']>
export type RunChoice = QueryOf<'metafleet_hub_console_api_history_runs'>
export type SessionChoice = QueryOf<'metafleet_hub_console_api_history_sessions'>

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

/** How often a list of runs is looked at: the stream says that an EA changed, not which run of it. */
const RUNS_MS = 5_000

export const runsOf = (id: string, choice: RunChoice) =>
  queryOptions({
    queryKey: ['instances', id, 'runs', choice],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/instances/{instance_id}/runs', {
          params: { path: { instance_id: id }, query: choice },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: RUNS_MS,
  })

export const connectedTimeOf = (id: string, days: number) =>
  queryOptions({
    queryKey: ['accounts', id, 'connected-time', days],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/accounts/{account_id}/connected-time', {
          params: { path: { account_id: id }, query: { days } },
          signal,
        }),
      ),
    refetchInterval: SAMPLE_MS,
  })

export const sessionsOf = (id: string, choice: SessionChoice) =>
  queryOptions({
    queryKey: ['accounts', id, 'sessions', choice],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/accounts/{account_id}/sessions', {
          params: { path: { account_id: id }, query: choice },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: SAMPLE_MS,
  })

export const ownCosts = () =>
  queryOptions({
    queryKey: ['billing', 'costs'],
    queryFn: ({ signal }) => take(client.GET('/api/costs', { signal })),
  })
