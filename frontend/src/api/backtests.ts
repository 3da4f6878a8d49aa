import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type { components } from '@/api/schema.gen'
import type { TestReport } from '@/api/test-report'

type Schemas = components['schemas']

export type Backtest = Schemas['Backtest']
export type BacktestForm = Schemas['BacktestForm']
export type BacktestState = Backtest['state']
export type BacktestOptions = Schemas['BacktestOptions']
export type BacktestModel = Schemas['BacktestModel']
/** A curve's points are as the report's. */
export type ComparedBacktest = Omit<Schemas['ComparedBacktest'], 'curve'> & { curve: number[][] }
export type LiveComparison = Schemas['LiveComparison']
export type MarketData = Schemas['MarketData']
export type MatchedTrade = Schemas['MatchedTrade']
export type TickModel = BacktestForm['ticks']

/** The stream tells of each step; so often the list is also asked for, should a word be lost. */
const LOOK_MS = 15_000

export const isUnderWay = (row: Backtest): boolean => row.state === 'queued' || row.state === 'running'

const path = (id: string) => ({ params: { path: { backtest_id: id } } })

export const backtests = (of: { template?: string; instance?: string } = {}) =>
  queryOptions({
    queryKey: ['backtests', 'list', of],
    queryFn: ({ signal }) => take(client.GET('/api/backtests', { params: { query: of }, signal })),
    refetchInterval: query => (query.state.data?.some(isUnderWay) ? LOOK_MS : false),
  })

export const backtest = (id: string) =>
  queryOptions({
    queryKey: ['backtests', 'one', id],
    queryFn: ({ signal }) => take(client.GET('/api/backtests/{backtest_id}', { ...path(id), signal })),
    refetchInterval: query => (query.state.data && isUnderWay(query.state.data) ? LOOK_MS : false),
  })

/** What is done never changes. */
export const backtestReport = (id: string) =>
  queryOptions({
    queryKey: ['backtest-reports', id],
    queryFn: async ({ signal }) =>
      (await take(
        client.GET('/api/backtests/{backtest_id}/report', { ...path(id), signal }),
      )) as unknown as TestReport,
    staleTime: Number.POSITIVE_INFINITY,
  })

export const liveComparison = (id: string) =>
  queryOptions({
    queryKey: ['backtests', 'live', id],
    queryFn: ({ signal }) => take(client.GET('/api/backtests/{backtest_id}/live', { ...path(id), signal })),
  })

export const backtestOptions = () =>
  queryOptions({
    queryKey: ['backtests', 'options'],
    queryFn: ({ signal }) => take(client.GET('/api/backtests/options', { signal })),
  })

export const comparedBacktests = (ids: readonly string[]) =>
  queryOptions({
    queryKey: ['backtests', 'compare', ids],
    queryFn: ({ signal }) =>
      take(client.GET('/api/backtests/compare', { params: { query: { ids: [...ids] } }, signal })),
    enabled: ids.length > 0,
  })

export const askForBacktest = (body: BacktestForm) => take(client.POST('/api/backtests', { body }))

export const retestInstance = (id: string) =>
  take(client.POST('/api/instances/{instance_id}/retest', { params: { path: { instance_id: id } } }))

export const cancelBacktest = (id: string) =>
  take(client.POST('/api/backtests/{backtest_id}/cancel', path(id)))

export const deleteBacktest = (id: string) => take(client.DELETE('/api/backtests/{backtest_id}', path(id)))

/** Run a verb on backtests; every list of them is asked for again. */
export function useBacktestVerb<Said, Done>(verb: (said: Said) => Promise<Done>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: verb,
    onSuccess: () => {
      for (const name of ['backtests', 'audit']) void cache.invalidateQueries({ queryKey: [name] })
    },
  })
}
