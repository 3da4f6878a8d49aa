import { keepPreviousData, queryOptions, replaceEqualDeep } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type { FleetWindow, LogTail } from '@/api/records'
import type { paths } from '@/api/schema.gen'

/** What may be asked of `/api/trades`; one type for the screen's filters and the export link. */
export type TradeFilters = NonNullable<paths['/api/trades']['get']['parameters']['query']>

export const CANDLE_COUNT = 500
export const LOG_LINES_KEPT = 2000
const RARELY = 5 * 60_000

export const session = () =>
  queryOptions({
    queryKey: ['session'],
    queryFn: ({ signal }) => take(client.GET('/api/session', { signal })),
    staleTime: RARELY,
  })

export const overview = () =>
  queryOptions({
    queryKey: ['overview'],
    queryFn: ({ signal }) => take(client.GET('/api/overview', { signal })),
  })

export const accounts = () =>
  queryOptions({
    queryKey: ['accounts'],
    queryFn: ({ signal }) => take(client.GET('/api/accounts', { signal })),
  })

export const account = (id: string) =>
  queryOptions({
    queryKey: ['accounts', id],
    queryFn: ({ signal }) =>
      take(client.GET('/api/accounts/{account_id}', { params: { path: { account_id: id } }, signal })),
  })

export const accountEquity = (id: string, hours: number) =>
  queryOptions({
    queryKey: ['accounts', id, 'equity', hours],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/accounts/{account_id}/equity', {
          params: { path: { account_id: id }, query: { hours } },
          signal,
        }),
      ),
  })

export const accountPositions = (id: string) =>
  queryOptions({
    queryKey: ['accounts', id, 'positions'],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/accounts/{account_id}/positions', { params: { path: { account_id: id } }, signal }),
      ),
  })

export const symbols = () =>
  queryOptions({
    queryKey: ['symbols'],
    queryFn: ({ signal }) => take(client.GET('/api/symbols', { signal })),
    staleTime: RARELY,
  })

export const templates = () =>
  queryOptions({
    queryKey: ['templates'],
    queryFn: ({ signal }) => take(client.GET('/api/templates', { signal })),
    staleTime: RARELY,
  })

export const template = (slug: string) =>
  queryOptions({
    queryKey: ['templates', slug],
    queryFn: ({ signal }) =>
      take(client.GET('/api/templates/{slug}', { params: { path: { slug } }, signal })),
    staleTime: RARELY,
  })

export const instances = () =>
  queryOptions({
    queryKey: ['instances'],
    queryFn: ({ signal }) => take(client.GET('/api/instances', { signal })),
    // To compare thousands of rows with those before them costs more than to show the few in sight anew.
    structuralSharing: false,
  })

/** What the fleet's list is filtered and sorted by, as the URL has it. */
export type FleetChoice = Pick<
  NonNullable<paths['/api/fleet']['get']['parameters']['query']>,
  'q' | 'state' | 'sort'
>

/** Rows asked for at once: those in sight, and more to scroll into. */
const WINDOW_ROWS = 120

/** Windows begin at whole multiples of it, and overlap: wherever a screen is, one window fills it. */
export const WINDOW_STEP = 40

/** Some rows of the fleet's list: of thousands only those in sight are loaded and kept up to date. */
export const fleetWindow = (filters: FleetChoice, offset: number) =>
  queryOptions({
    queryKey: ['fleet', filters, offset],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/fleet', { params: { query: { ...filters, offset, limit: WINDOW_ROWS } }, signal }),
      ),
    gcTime: 60_000,
    placeholderData: keepPreviousData,
    structuralSharing: sameRows,
  })

/** Keep every row that says nothing new. Its age in seconds is new each time, and follows from its instant. */
function sameRows(before: unknown, after: unknown): unknown {
  const known = new Map((before as FleetWindow | undefined)?.items.map(row => [row.id, row]))
  const { items, ...rest } = after as FleetWindow
  const same = items.map(row => {
    const seen = known.get(row.id)
    return seen?.heartbeatAt === row.heartbeatAt ? { ...row, heartbeatAgeS: seen.heartbeatAgeS } : row
  })
  return replaceEqualDeep(before, { ...rest, items: same })
}

export const instance = (id: string) =>
  queryOptions({
    queryKey: ['instances', id],
    queryFn: ({ signal }) =>
      take(client.GET('/api/instances/{instance_id}', { params: { path: { instance_id: id } }, signal })),
  })

export const instancePositions = (id: string) =>
  queryOptions({
    queryKey: ['instances', id, 'positions'],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/instances/{instance_id}/positions', {
          params: { path: { instance_id: id } },
          signal,
        }),
      ),
  })

export const instanceTrades = (id: string, limit: number) =>
  queryOptions({
    queryKey: ['instances', id, 'trades', limit],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/instances/{instance_id}/trades', {
          params: { path: { instance_id: id }, query: { limit } },
          signal,
        }),
      ),
  })

export const instanceEquity = (id: string, hours: number) =>
  queryOptions({
    queryKey: ['instances', id, 'equity', hours],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/instances/{instance_id}/equity', {
          params: { path: { instance_id: id }, query: { hours } },
          signal,
        }),
      ),
  })

export const instanceCandles = (id: string) =>
  queryOptions({
    queryKey: ['instances', id, 'candles'],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/instances/{instance_id}/candles', {
          params: { path: { instance_id: id }, query: { count: CANDLE_COUNT } },
          signal,
        }),
      ),
  })

export const instanceCommands = (id: string) =>
  queryOptions({
    queryKey: ['instances', id, 'commands'],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/instances/{instance_id}/commands', {
          params: { path: { instance_id: id } },
          signal,
        }),
      ),
  })

/** The log so far: each fetch asks only for what came after the last one. */
export const instanceLog = (id: string) =>
  queryOptions({
    queryKey: ['instances', id, 'log'],
    queryFn: async ({ signal, client: cache, queryKey }) => {
      const before = cache.getQueryData<LogTail>(queryKey)
      const query = before ? { offset: before.nextOffset } : {}
      const tail = await take(
        client.GET('/api/instances/{instance_id}/log', {
          params: { path: { instance_id: id }, query },
          signal,
        }),
      )
      return before ? joinLog(before, tail) : tail
    },
  })

/** Append a later tail. An offset that went backwards means that the log began anew. */
export function joinLog(before: LogTail, tail: LogTail): LogTail {
  if (tail.nextOffset < before.nextOffset) return tail
  const lines =
    tail.lines.length === 0 ? before.lines : [...before.lines, ...tail.lines].slice(-LOG_LINES_KEPT)
  return { lines, nextOffset: tail.nextOffset }
}

export const trades = (filters: TradeFilters) =>
  queryOptions({
    queryKey: ['trades', filters],
    queryFn: ({ signal }) => take(client.GET('/api/trades', { params: { query: filters }, signal })),
  })
