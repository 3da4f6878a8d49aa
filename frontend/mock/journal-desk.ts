import { randomUUID } from 'node:crypto'
import type {
  NewShare,
  PublicPage,
  Review,
  SavedFilter,
  Share,
  ShareForm,
  TradeBars,
  TradeDetail,
} from '../src/api/journal-records.ts'
import type { Trade } from '../src/api/records.ts'
import { calendar, closedOf, drawdowns, START, statistics } from './journal-figures.ts'
import { bars } from './market.ts'
import { provoke, Refusal } from './refusal.ts'
import { iso, type World } from './world.ts'

const HOURS_2 = 2 * 3600
const notes = new Map<string, string>()
const filters = new WeakMap<World, SavedFilter[]>()
const shares = new Map<string, { share: Share; world: World }>()

const filtersOf = (world: World): SavedFilter[] => {
  const known = filters.get(world) ?? []
  filters.set(world, known)
  return known
}

function found(world: World, id: string): Trade {
  const trade = world.trades.find(row => row.id === id)
  if (!trade) throw new Refusal(404, 'There is no such trade. It may have been removed.')
  return trade
}

const noteOf = (trade: Trade): string =>
  notes.get(trade.id) ?? (trade.hasNote ? 'Waited for the second test of the level, as planned.' : '')

const reviewOf = (trade: Trade): Review => ({
  note: noteOf(trade),
  rating: trade.rating,
  tags: trade.tags,
})

export function tradeDetail(world: World, id: string): TradeDetail {
  const trade = found(world, id)
  const half = { orderId: trade.positionId, swap: 0, fee: 0, volume: trade.volume, comment: trade.comment }
  const away = trade.side === 'buy' ? 'sell' : 'buy'
  return {
    ...trade,
    server: 'metafleet-Paper',
    eaTag: trade.instanceId ? 'breakout' : '',
    eaNote: trade.instanceId ? 'close above the 20-bar high' : '',
    note: noteOf(trade),
    review: reviewOf(trade),
    screenshotList: [],
    candlesState: barsOf(trade).length > 0 ? 'stored' : 'none',
    previousId: null,
    nextId: null,
    deals: [
      {
        ...half,
        ticket: trade.positionId * 2,
        entry: 'in',
        side: trade.side,
        price: trade.entryPrice,
        executedAt: trade.enteredAt ?? iso(),
        profit: 0,
        commission: trade.commission / 2,
        reason: 'expert',
      },
      {
        ...half,
        ticket: trade.positionId * 2 + 1,
        entry: 'out',
        side: away,
        price: trade.exitPrice,
        executedAt: trade.exitedAt ?? iso(),
        profit: trade.profit,
        commission: trade.commission / 2,
        reason: trade.exitReason,
      },
    ],
  }
}

function barsOf(trade: Trade): TradeBars['candles'] {
  const from = Date.parse(trade.enteredAt ?? '') / 1000
  const to = Date.parse(trade.exitedAt ?? '') / 1000
  const known = bars.get(trade.symbol) ?? []
  if (from < (known[0]?.time ?? 0)) return []
  return known.filter(bar => bar.time >= from - HOURS_2 && bar.time <= to + HOURS_2)
}

export const tradeBars = (world: World, id: string): TradeBars => ({
  timeframe: '1m',
  candles: barsOf(found(world, id)),
})

export function writeReview(world: World, id: string, body: Review): Review {
  provoke(body.note)
  const trade = found(world, id)
  notes.set(id, body.note)
  Object.assign(trade, { rating: body.rating, tags: body.tags, hasNote: body.note !== '' })
  return reviewOf(trade)
}

export function tags(world: World) {
  const counts = new Map<string, number>()
  for (const tag of world.trades.flatMap(row => row.tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1]).map(([tag, count]) => ({ tag, count }))
}

export const listFilters = (world: World) => filtersOf(world)

export function keepFilter(world: World, body: Record<string, unknown>): SavedFilter {
  const { name, query } = body as Pick<SavedFilter, 'name' | 'query'>
  provoke(name)
  if (filtersOf(world).some(row => row.name === name)) {
    const detail = 'You have a filter of this name. Choose another.'
    throw new Refusal(409, detail, [{ pointer: '/name', detail }])
  }
  const row = { id: randomUUID(), name, query, createdAt: iso() }
  filtersOf(world).push(row)
  return row
}

export function changeFilter(world: World, id: string, body: Record<string, unknown>): SavedFilter {
  const row = filtersOf(world).find(item => item.id === id)
  if (!row) throw new Refusal(404, 'There is no such filter. It may have been deleted.')
  return Object.assign(row, body)
}

export function removeFilter(world: World, id: string): void {
  filters.set(
    world,
    filtersOf(world).filter(row => row.id !== id),
  )
}

export const listShares = (accountId: string) =>
  [...shares.values()].map(({ share }) => share).filter(share => share.accountId === accountId)

export function makeShare(world: World, accountId: string, body: Record<string, unknown>): NewShare {
  const form = body as ShareForm
  provoke(String(form.title))
  const key = randomUUID()
  const share: Share = {
    id: randomUUID(),
    accountId,
    title: form.title ?? '',
    showsMoney: form.showsMoney ?? false,
    showsOpen: form.showsOpen ?? false,
    createdBy: world.me.email,
    createdAt: iso(),
    revokedAt: null,
    views: 0,
  }
  shares.set(key, { share, world })
  return { ...share, url: `/share/${key}` }
}

export function revokeShare(id: string): Share {
  const known = [...shares.values()].find(({ share }) => share.id === id)
  if (!known) throw new Refusal(404, 'There is no such link.')
  return Object.assign(known.share, { revokedAt: iso() })
}

/** The one page that nobody need sign in for. */
export function sharedPage(key: string) {
  const known = shares.get(key)
  if (!known || known.share.revokedAt) throw new Refusal(404, 'This page is not shared, or no longer.')
  known.share.views += 1
  const own = known.world.trades.filter(row => row.accountId === known.share.accountId)
  return publicPage(own, known.share.title, known.share.showsMoney)
}

function publicPage(all: readonly Trade[], title: string, showsMoney: boolean): PublicPage {
  const rows = closedOf(all)
  const figures = statistics(rows)
  const money = (value: number | null) => (showsMoney ? value : null)
  const percentOf = (value: number) => (value / START) * 100
  return {
    title,
    platform: 'paper',
    currency: showsMoney ? 'USD' : null,
    since: rows[0]?.enteredAt ?? null,
    growthPercent: figures.growthPercent,
    statistics: {
      ...figures,
      netProfit: money(figures.netProfit),
      expectedPayoff: money(figures.expectedPayoff),
      largestProfit: money(figures.largestProfit),
      largestLoss: money(figures.largestLoss),
      balance: money(figures.endBalance),
    },
    curve: drawdowns(rows, START).map(point => ({
      at: point.at,
      growthPercent: percentOf(point.balance - START),
    })),
    days: calendar(rows, '').days.map(day => ({
      ...day,
      growthPercent: percentOf(day.netProfit),
      netProfit: money(day.netProfit),
    })),
    trades: rows
      .slice(-100)
      .toReversed()
      .map(row => ({
        ...row,
        state: 'closed' as const,
        growthPercent: percentOf(row.netProfit),
        volume: money(row.volume),
        netProfit: money(row.netProfit),
      })),
    updatedAt: new Date().toISOString(),
  }
}
