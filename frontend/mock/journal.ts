import type { DayResult, Overview, Trade, TradePage, TradeTotals } from '../src/api/records.ts'
import type { World } from './world.ts'

const DAY = 24 * 3_600_000

export function tradePage(world: World, query: URLSearchParams): TradePage {
  const found = sorted(chosen(world, query), query.get('sort') ?? '-exited_at')
  const page = Number(query.get('page') ?? 1)
  const pageSize = Number(query.get('pageSize') ?? 50)
  return {
    items: found.slice((page - 1) * pageSize, page * pageSize),
    total: found.length,
    page,
    pageSize,
    totals: found.length > 0 ? [totals(found)] : [],
  }
}

export function chosen(world: World, query: URLSearchParams): Trade[] {
  const from = Date.parse(query.get('from') ?? '') || 0
  const to = Date.parse(query.get('to') ?? '') || Number.POSITIVE_INFINITY
  const is = (name: string, value: string | number | null) =>
    !query.has(name) || query.getAll(name).includes(String(value))
  const has = (name: string, values: readonly string[]) =>
    !query.has(name) || query.getAll(name).some(value => values.includes(value))
  const words = (query.get('q') ?? '').toLowerCase()
  return world.trades.filter(
    row =>
      is('account', row.accountId) &&
      is('instance', row.instanceId) &&
      is('symbol', row.symbol) &&
      is('side', row.side) &&
      is('state', row.state) &&
      is('rating', row.rating) &&
      is('result', row.netProfit > 0 ? 'win' : row.netProfit < 0 ? 'loss' : 'even') &&
      is('closedOn', (row.exitedAt ?? '').slice(0, 10)) &&
      is('weekday', (new Date(row.enteredAt ?? 0).getUTCDay() + 6) % 7) &&
      is('hour', new Date(row.enteredAt ?? 0).getUTCHours()) &&
      has('tag', row.tags) &&
      `${row.symbol} ${row.comment}`.toLowerCase().includes(words) &&
      Date.parse(row.exitedAt ?? '') >= from &&
      Date.parse(row.enteredAt ?? '') < to,
  )
}

function sorted(rows: Trade[], sort: string): Trade[] {
  const key = sort
    .replace('-', '')
    .replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()) as keyof Trade
  const sign = sort.startsWith('-') ? -1 : 1
  return rows.toSorted((a, b) => sign * ((a[key] ?? '') < (b[key] ?? '') ? -1 : 1))
}

function totals(rows: Trade[]): TradeTotals {
  const sum = (of: (row: Trade) => number) => rows.reduce((all, row) => all + of(row), 0)
  const wins = rows.filter(row => row.netProfit > 0)
  const losses = rows.filter(row => row.netProfit < 0)
  const won = wins.reduce((all, row) => all + row.netProfit, 0)
  const lost = losses.reduce((all, row) => all + row.netProfit, 0)
  return {
    currency: 'USD',
    trades: rows.length,
    open: rows.filter(row => row.state === 'open').length,
    wins: wins.length,
    losses: losses.length,
    profit: sum(row => row.profit),
    commission: sum(row => row.commission),
    swap: sum(row => row.swap),
    fee: sum(row => row.fee),
    netProfit: sum(row => row.netProfit),
    winRate: rows.length ? wins.length / rows.length : null,
    profitFactor: lost ? won / -lost : null,
    averageWin: wins.length ? won / wins.length : null,
    averageLoss: losses.length ? lost / losses.length : null,
    best: Math.max(...rows.map(row => row.netProfit)),
    worst: Math.min(...rows.map(row => row.netProfit)),
  }
}

export function dayResults(world: World, account: string | null, count: number): DayResult[] {
  const rows = world.trades.filter(row => !account || row.accountId === account)
  return Array.from({ length: count }, (_, index) => {
    const day = new Date(Date.now() - (count - 1 - index) * DAY).toISOString().slice(0, 10)
    const own = rows.filter(row => row.exitedAt?.startsWith(day))
    return { day, netProfit: own.reduce((all, row) => all + row.netProfit, 0), trades: own.length }
  })
}

export function overview(world: World): Overview[] {
  if (world.accounts.length === 0) return []
  const sum = (of: (row: World['accounts'][number]) => number | null) =>
    world.accounts.reduce((all, row) => all + (of(row) ?? 0), 0)
  const states = world.instances.map(row => row.state)
  const count = (state: string) => states.filter(found => found === state).length
  return [
    {
      currency: 'USD',
      accounts: world.accounts.length,
      balance: sum(row => row.balance),
      equity: sum(row => row.equity),
      dayProfit: sum(row => row.dayProfit),
      openPositions: world.positions.length,
      running: count('running'),
      paused: count('paused'),
      failing: count('error'),
      days: dayResults(world, null, 14),
    },
  ]
}
