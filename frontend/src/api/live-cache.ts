import type { QueryClient, QueryKey } from '@tanstack/react-query'
import { hasMoved } from '@/api/backtest-news'
import type { Board, BoardRow } from '@/api/board'
import { tellOfCommand } from '@/api/command-news'
import { type AccountLimits, limitsAfter } from '@/api/limits'
import type { CandleMessage, Heartbeat, LiveMessage } from '@/api/live-messages'
import { hasGoneOn } from '@/api/optimisation-news'
import { CANDLE_COUNT } from '@/api/queries'
import type {
  Account,
  Candle,
  EquityPoint,
  FleetWindow,
  Instance,
  InstanceDetail,
  Overview,
} from '@/api/records'
import { observed, only, type Stale, under } from '@/api/stale'

/** Equity points kept of a stream; the server thins its own curve, so a long day stays light. */
const POINTS_KEPT = 4000

/** Write what the messages themselves say into the cache, and return what must be asked for again. */
export function applyMessages(cache: QueryClient, messages: readonly LiveMessage[]): Stale[] {
  // All heartbeats of a frame in one walk over the lists: they may be hundreds, and the lists thousands.
  writeHeartbeats(
    cache,
    messages.filter(message => message.type === 'heartbeat'),
  )
  const known = ownersKnown(cache)
  return messages.flatMap(message => applyMessage(cache, message, known))
}

function applyMessage(cache: QueryClient, message: LiveMessage, known: Owners): Stale[] {
  switch (message.type) {
    case 'hello':
      return [{ queryKey: [], exact: false }]
    case 'ping':
    case 'heartbeat':
      return []
    case 'plan':
      return [...only(['session'], ['billing'], ['instances']), ...under(['fleet'], ['templates'], ['audit'])]
    case 'candle':
      writeCandle(cache, message)
      return []
    case 'board':
      return under(['board'], ['exposure'], ['programmes'], ['audit'])
    case 'incident':
      return under(['incidents'], ['rules'], ['audit'])
    case 'rule':
      return under(['rules'], ['audit'])
    case 'maintenance':
      return under(['maintenance'], ['audit'])
    case 'account':
      return [
        ...only(['accounts'], ['accounts', message.id], ['overview']),
        ...under(['board'], ['exposure'], ['accounts', message.id, 'terminals'], ['audit']),
      ]
    case 'backtest':
      return hasMoved(cache, message) ? [] : under(['backtests'], ['audit'])
    case 'markets':
      return under(['markets'])
    case 'signal':
      return under(['signals'])
    case 'recommendations':
      return under(['recommendations'])
    case 'optimisation':
      return hasGoneOn(cache, message) ? [] : under(['optimisations'], ['audit'])
    case 'machine':
      return only(['machines'], ['machines', message.id])
    case 'instance':
      return [
        ...only(['instances'], ['instances', message.id], ['overview'], ['accounts'], ['session']),
        ...under(['fleet'], ['instances', message.id, 'commands'], ['audit']),
      ]
    case 'command':
      tellOfCommand(message.id)
      return commandStale(known.get(message.accountId))
    case 'positions':
      return touched(message.accountId, known.get(message.accountId)).map(observed)
    case 'trades':
      return [...touched(message.accountId, known.get(message.accountId)), ...under(['trades'], ['journal'])]
  }
}

/** Which EAs of an account something here is about: their ids by the account's. */
type Owners = ReadonlyMap<string, ReadonlySet<string>>

/** Rows of a list without a question of their own are not among them: there may be thousands. */
function ownersKnown(cache: QueryClient): Owners {
  const known = new Map<string, Set<string>>()
  for (const row of detailsOf(cache)) {
    known.set(row.accountId, (known.get(row.accountId) ?? new Set()).add(row.id))
  }
  return known
}

const detailsOf = (cache: QueryClient): InstanceDetail[] =>
  cache.getQueriesData<InstanceDetail>({ predicate: isInstanceDetail }).flatMap(([, row]) => row ?? [])

/** Lists of commands, wherever they are shown. */
function commandStale(owners: Iterable<string> = []): Stale[] {
  return under(['commands'], ['audit'], ...[...owners].map(id => ['instances', id, 'commands']))
}

/** Every place that shows what is open on an account, or what it made. */
function touched(accountId: string, owners: Iterable<string> = []): Stale[] {
  return [
    ...only(['instances'], ['overview'], ['accounts'], ['accounts', accountId]),
    ...under(['fleet'], ['board'], ['exposure'], ['accounts', accountId, 'positions']),
    ...[...owners].flatMap(id => [
      ...only(['instances', id]),
      ...under(['instances', id, 'positions'], ['instances', id, 'trades']),
    ]),
  ]
}

function writeHeartbeats(cache: QueryClient, beats: readonly Heartbeat[]): void {
  if (beats.length === 0) return
  const byAccount = new Map<string, Heartbeat[]>()
  for (const beat of beats) byAccount.set(beat.accountId, [...(byAccount.get(beat.accountId) ?? []), beat])
  const heard = <Row>(row: Row, id: string, after: (row: Row, beat: Heartbeat) => Row): Row =>
    (byAccount.get(id) ?? []).reduce(after, row)
  const before = cache.getQueryData<Account[]>(['accounts'])?.filter(row => byAccount.has(row.id)) ?? []
  const gains = before.flatMap(row =>
    (byAccount.get(row.id) ?? [])
      .filter(beat => isNewer(row.heartbeatAt, beat))
      .slice(-1)
      .map(beat => ({ row, beat })),
  )
  cache.setQueryData<Account[]>(['accounts'], rows => rows?.map(row => heard(row, row.id, accountAfter)))
  cache.setQueryData<Instance[]>(['instances'], rows =>
    rows?.map(row => heard(row, row.accountId, instanceAfter)),
  )
  cache.setQueryData<Board>(
    ['board'],
    seen => seen && { ...seen, rows: seen.rows.map(row => heard(row, row.id, boardRowAfter)) },
  )
  for (const [key, seen] of cache.getQueriesData<FleetWindow>({ queryKey: ['fleet'] })) {
    if (!seen?.items.some(row => byAccount.has(row.accountId))) continue
    const items = seen.items.map(row => heard(row, row.accountId, instanceAfter))
    cache.setQueryData<FleetWindow>(key, { ...seen, items })
  }
  for (const id of byAccount.keys()) {
    cache.setQueryData<Account>(['accounts', id], row => row && heard(row, id, accountAfter))
    cache.setQueryData<AccountLimits>(['accounts', id, 'limits'], row => row && heard(row, id, limitsAfter))
  }
  for (const row of detailsOf(cache)) {
    if (byAccount.has(row.accountId)) {
      cache.setQueryData(['instances', row.id], heard(row, row.accountId, instanceAfter))
    }
  }
  cache.setQueryData<Overview[]>(['overview'], rows =>
    rows?.map(row => gains.reduce((total, gain) => overviewAfter(total, gain.row, gain.beat), row)),
  )
  appendEquity(cache, byAccount)
}

/** A message may overtake another: an older observation must not replace a newer one. */
function isNewer(heardAt: string | null, beat: Heartbeat): boolean {
  return heardAt === null || Date.parse(beat.at) > Date.parse(heardAt)
}

export function accountAfter(row: Account, beat: Heartbeat): Account {
  if (row.id !== beat.accountId || !isNewer(row.heartbeatAt, beat)) return row
  return {
    ...row,
    balance: beat.balance,
    equity: beat.equity,
    margin: beat.margin,
    freeMargin: beat.freeMargin,
    openPositions: beat.openPositions ?? row.openPositions,
    // Between two replies, what equity gains is what the day gains.
    dayProfit: row.equity === null ? row.dayProfit : row.dayProfit + beat.equity - row.equity,
    heartbeatAt: beat.at,
    telemetry: 'fresh',
  }
}

export function boardRowAfter(row: BoardRow, beat: Heartbeat): BoardRow {
  if (row.id !== beat.accountId || !isNewer(row.heartbeatAt, beat)) return row
  const gained = row.equity === null ? 0 : beat.equity - row.equity
  return {
    ...row,
    balance: beat.balance,
    equity: beat.equity,
    openPositions: beat.openPositions ?? row.openPositions,
    dayProfit: row.dayProfit + gained,
    totalProfit: row.totalProfit + gained,
    heartbeatAt: beat.at,
    telemetry: 'fresh',
  }
}

export function instanceAfter<Row extends Instance>(row: Row, beat: Heartbeat): Row {
  if (row.accountId !== beat.accountId) return row
  const isOwn = row.id === beat.instanceId
  if (isOwn && !isNewer(row.heartbeatAt, beat)) return row
  const heard = isOwn ? { heartbeatAt: beat.at, heartbeatAgeS: 0, telemetry: 'fresh' as const } : {}
  return { ...row, equity: beat.equity, ...heard }
}

export function overviewAfter(row: Overview, before: Account, beat: Heartbeat): Overview {
  if (row.currency !== before.currency) return row
  const gained = beat.equity - (before.equity ?? 0)
  return {
    ...row,
    balance: row.balance + beat.balance - (before.balance ?? 0),
    equity: row.equity + gained,
    dayProfit: before.equity === null ? row.dayProfit : row.dayProfit + gained,
    openPositions: Math.max(
      0,
      row.openPositions + (beat.openPositions ?? before.openPositions) - before.openPositions,
    ),
  }
}

/** Only curves that a screen has asked for: of thousands of EAs those are a few. */
function appendEquity(cache: QueryClient, byAccount: ReadonlyMap<string, readonly Heartbeat[]>): void {
  const curves = cache.getQueriesData<EquityPoint[]>({ predicate: query => query.queryKey[2] === 'equity' })
  if (curves.length === 0) return
  const accountOf = new Map(detailsOf(cache).map(row => [row.id, row.accountId]))
  for (const [key, points] of curves) {
    const id = String(key[1])
    const beats =
      byAccount.get(accountOf.get(id) ?? id) ??
      [...byAccount.values()].flat().filter(beat => beat.instanceId === id)
    const after = beats.reduce<EquityPoint[] | undefined>(
      (line, { at, balance, equity }) => line && withPoint(line, { at, balance, equity }),
      points,
    )
    if (after !== points) cache.setQueryData(key, after)
  }
}

export function withPoint(points: EquityPoint[], point: EquityPoint): EquityPoint[] {
  const last = points.at(-1)
  if (last && Date.parse(point.at) <= Date.parse(last.at)) return points
  // The server's points stand apart by minutes, heartbeats by seconds: the newest moves on with the
  // clock until it is as far from the one before as those are from each other.
  const before = points.at(-2)
  const isClose = before && Date.parse(point.at) - Date.parse(before.at) < spacingMs(points)
  return [...(isClose ? points.slice(0, -1) : points.slice(1 - POINTS_KEPT)), point]
}

function spacingMs(points: readonly EquityPoint[]): number {
  const first = points[0]
  const last = points.at(-2)
  if (!first || !last || points.length < 3) return 0
  return (Date.parse(last.at) - Date.parse(first.at)) / (points.length - 2)
}

function writeCandle(cache: QueryClient, message: CandleMessage): void {
  const { time, open, high, low, close } = message
  const servers = new Map(cache.getQueryData<Account[]>(['accounts'])?.map(row => [row.id, row.server]))
  for (const [, row] of cache.getQueriesData<InstanceDetail>({ predicate: isInstanceDetail })) {
    if (row?.symbol !== message.symbol) continue
    if ((servers.get(row.accountId) ?? message.server) !== message.server) continue
    cache.setQueryData<Candle[]>(
      ['instances', row.id, 'candles'],
      candles => candles && withCandle(candles, { time, open, high, low, close }),
    )
  }
}

/** Replace the forming bar or add the next; a bar that came late takes its place in time. */
export function withCandle(candles: Candle[], candle: Candle): Candle[] {
  const last = candles.at(-1)
  if (!last || candle.time > last.time) return [...candles.slice(1 - CANDLE_COUNT), candle]
  const index = candles.findLastIndex(row => row.time <= candle.time)
  if (index < 0) return candles
  const known = candles[index]?.time === candle.time
  return known ? candles.with(index, candle) : candles.toSpliced(index + 1, 0, candle)
}

function isInstanceDetail(query: { queryKey: QueryKey }): boolean {
  return query.queryKey[0] === 'instances' && query.queryKey.length === 2
}
