import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type { components } from '@/api/schema.gen'

type Schemas = components['schemas']

export type MarketBoard = Schemas['MarketBoard']
export type MarketSymbol = Schemas['MarketSymbol']
export type MarketCell = Schemas['MarketCell']
export type MarketRegime = Schemas['MarketRegime']
export type MarketPast = Schemas['MarketPast']
export type MarketBar = Schemas['MarketBar']
export type MarketSession = Schemas['MarketSession']
export type CalendarEvent = Schemas['CalendarEvent']
export type MarketCorrelations = Schemas['MarketCorrelations']
export type Timeframe = MarketCell['timeframe']
export type RegimeName = MarketRegime['name']

/** The stream tells of each look; so often is asked all the same, should a word be lost. */
const LOOK_MS = 60_000

export const markets = () =>
  queryOptions({
    queryKey: ['markets', 'board'],
    queryFn: ({ signal }) => take(client.GET('/api/markets', { signal })),
    refetchInterval: LOOK_MS,
  })

export const correlations = (timeframe: Timeframe) =>
  queryOptions({
    queryKey: ['markets', 'correlations', timeframe],
    queryFn: ({ signal }) =>
      take(client.GET('/api/markets/correlations', { params: { query: { timeframe } }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: 5 * LOOK_MS,
  })

export const marketPast = (symbol: string, timeframe: Timeframe) =>
  queryOptions({
    queryKey: ['markets', 'past', symbol, timeframe],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/markets/symbols/{symbol}', {
          params: { path: { symbol }, query: { timeframe } },
          signal,
        }),
      ),
    placeholderData: (before, query) => (query?.queryKey[2] === symbol ? before : undefined),
    refetchInterval: LOOK_MS,
  })
