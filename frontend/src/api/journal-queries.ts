import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type { BreakdownBy, CompareBy, Timeframe, TradeListQuery, TradeQuery } from '@/api/journal-records'

/** Candles are asked of a terminal: how often to look whether they are here. */
const CANDLES_POLL_MS = 2000

/** A page of trades. What was on screen stays until the next is here. */
export const tradeList = (query: TradeListQuery) =>
  queryOptions({
    queryKey: ['trades', 'list', query],
    queryFn: ({ signal }) => take(client.GET('/api/trades', { params: { query }, signal })),
    placeholderData: keepPreviousData,
  })

export const tradeDetail = (id: string) =>
  queryOptions({
    queryKey: ['trades', 'one', id],
    queryFn: ({ signal }) =>
      take(client.GET('/api/trades/{trade_id}', { params: { path: { trade_id: id } }, signal })),
    refetchInterval: ({ state }) => (state.data?.candlesState === 'asked' ? CANDLES_POLL_MS : false),
  })

export const tradeBars = (id: string, timeframe: Timeframe) =>
  queryOptions({
    queryKey: ['bars', id, timeframe],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/trades/{trade_id}/candles', {
          params: { path: { trade_id: id }, query: { timeframe } },
          signal,
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  })

export const tags = () =>
  queryOptions({
    queryKey: ['tags'],
    queryFn: ({ signal }) => take(client.GET('/api/tags', { signal })),
  })

export const statistics = (query: TradeQuery) =>
  queryOptions({
    queryKey: ['journal', 'statistics', query],
    queryFn: ({ signal }) => take(client.GET('/api/journal/statistics', { params: { query }, signal })),
    placeholderData: keepPreviousData,
  })

export const breakdown = (by: BreakdownBy, query: TradeQuery) =>
  queryOptions({
    queryKey: ['journal', 'breakdown', by, query],
    queryFn: ({ signal }) =>
      take(client.GET('/api/journal/breakdown', { params: { query: { by, ...query } }, signal })),
    placeholderData: keepPreviousData,
  })

/** The days of a month (`2026-07`) or of a year (`2026`). */
export const calendar = (span: string, query: TradeQuery) =>
  queryOptions({
    queryKey: ['journal', 'calendar', span, query],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/journal/calendar', {
          params: { query: { ...query, ...(span.length === 4 ? { year: Number(span) } : { month: span }) } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  })

export const balanceCurves = (query: TradeQuery) =>
  queryOptions({
    queryKey: ['journal', 'curve', query],
    queryFn: ({ signal }) => take(client.GET('/api/journal/curve', { params: { query }, signal })),
    placeholderData: keepPreviousData,
  })

export const compared = (by: CompareBy, keys: readonly string[], query: TradeQuery) =>
  queryOptions({
    queryKey: ['journal', 'compare', by, keys, query],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/journal/compare', {
          params: { query: { ...query, by, keys: keys.join(',') } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    enabled: keys.length > 0,
  })

export const cashFlows = (account: readonly string[], page: number, pageSize: number) =>
  queryOptions({
    queryKey: ['journal', 'cash-flows', account, page, pageSize],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/journal/cash-flows', {
          params: { query: { account: [...account], page, pageSize } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  })

export const savedFilters = () =>
  queryOptions({
    queryKey: ['filters'],
    queryFn: ({ signal }) => take(client.GET('/api/filters', { signal })),
  })

export const shares = (accountId: string) =>
  queryOptions({
    queryKey: ['accounts', accountId, 'shares'],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/accounts/{account_id}/shares', {
          params: { path: { account_id: accountId } },
          signal,
        }),
      ),
  })

export const publicPage = (key: string) =>
  queryOptions({
    queryKey: ['shared', key],
    queryFn: ({ signal }) =>
      take(client.GET('/api/public/shares/{key}', { params: { path: { key } }, signal })),
    staleTime: 60_000,
  })
