import type { Breakdown, Calendar, Compared, Curve, Statistics } from '../src/api/journal-records.ts'
import type { Trade } from '../src/api/records.ts'
import type { World } from './world.ts'

export const START = 20_000
const WEEK_S = 7 * 24 * 3600

export const closedOf = (rows: readonly Trade[]) =>
  rows
    .filter(row => row.state === 'closed')
    .toSorted((a, b) => (a.exitedAt ?? '').localeCompare(b.exitedAt ?? ''))
const total = (rows: readonly Trade[], of: (row: Trade) => number) =>
  rows.reduce((all, row) => all + of(row), 0)
const share = (part: number, all: number) => (all ? (part / all) * 100 : null)
const mean = (values: readonly number[]) =>
  values.length ? values.reduce((all, value) => all + value, 0) / values.length : null

/** The peak-to-trough falls of a running balance. */
export function drawdowns(
  rows: readonly Trade[],
  start: number,
): { at: string; balance: number; drawdown: number }[] {
  let balance = start
  let peak = start
  return rows.map(row => {
    balance += row.netProfit
    peak = Math.max(peak, balance)
    return { at: row.exitedAt ?? '', balance, drawdown: peak > 0 ? (peak - balance) / peak : 0 }
  })
}

interface Run {
  count: number
  money: number
}

function runsOf(rows: readonly Trade[], isWin: boolean): Run[] {
  const runs: Run[] = []
  let current: Run | null = null
  for (const row of rows) {
    if (row.netProfit > 0 !== isWin) current = null
    else if (current)
      Object.assign(current, { count: current.count + 1, money: current.money + row.netProfit })
    else {
      current = { count: 1, money: row.netProfit }
      runs.push(current)
    }
  }
  return runs
}

const most = (runs: readonly Run[], size: (run: Run) => number): Run =>
  runs.toSorted((a, b) => size(b) - size(a))[0] ?? { count: 0, money: 0 }

/** Roughly what the hub reckons: enough to look at. */
export function statistics(all: readonly Trade[]): Statistics {
  const rows = closedOf(all)
  const wins = rows.filter(row => row.netProfit > 0)
  const losses = rows.filter(row => row.netProfit < 0)
  const grossProfit = total(wins, row => row.netProfit)
  const grossLoss = total(losses, row => row.netProfit)
  const falls = drawdowns(rows, START)
  const deepest = falls.toSorted((a, b) => b.drawdown - a.drawdown)[0]
  const money = deepest ? (deepest.balance * deepest.drawdown) / (1 - deepest.drawdown || 1) : 0
  const rs = rows.flatMap(row => row.r ?? [])
  const net = grossProfit + grossLoss
  const mid = mean(rows.map(row => row.netProfit)) ?? 0
  const spread = Math.sqrt(mean(rows.map(row => (row.netProfit - mid) ** 2)) ?? 0) || 1
  const [winRuns, lossRuns] = [runsOf(rows, true), runsOf(rows, false)]
  const sides = (side: Trade['side']) => rows.filter(row => row.side === side)
  const wonOf = (own: readonly Trade[]) => share(own.filter(row => row.netProfit > 0).length, own.length)
  const profits = rows.map(row => row.netProfit)
  return {
    currency: 'USD',
    counted: 'deals',
    trades: rows.length,
    positions: rows.length,
    netProfit: net,
    grossProfit,
    grossLoss,
    profitFactor: grossLoss ? grossProfit / -grossLoss : null,
    expectedPayoff: rows.length ? net / rows.length : null,
    recoveryFactor: money ? net / money : null,
    sharpeRatio: mid / spread,
    sortinoRatio: (mid / spread) * 1.4,
    calmarRatio: deepest?.drawdown ? net / START / deepest.drawdown : null,
    expectancyR: mean(rs),
    averageR: mean(rs),
    balanceDrawdownAbsolute: Math.max(0, START - Math.min(START, ...falls.map(fall => fall.balance))),
    balanceDrawdownMaximal: money,
    balanceDrawdownMaximalPercent: (deepest?.drawdown ?? 0) * 100,
    balanceDrawdownRelative: money,
    balanceDrawdownRelativePercent: (deepest?.drawdown ?? 0) * 100,
    shortTrades: sides('sell').length,
    shortWonPercent: wonOf(sides('sell')),
    longTrades: sides('buy').length,
    longWonPercent: wonOf(sides('buy')),
    profitTrades: wins.length,
    profitTradesPercent: share(wins.length, rows.length),
    lossTrades: losses.length,
    lossTradesPercent: share(losses.length, rows.length),
    largestProfit: Math.max(0, ...profits),
    largestLoss: Math.min(0, ...profits),
    averageProfit: wins.length ? grossProfit / wins.length : null,
    averageLoss: losses.length ? grossLoss / losses.length : null,
    maxConsecutiveWins: most(winRuns, run => run.count).count,
    maxConsecutiveWinsMoney: most(winRuns, run => run.count).money,
    maxConsecutiveLosses: most(lossRuns, run => run.count).count,
    maxConsecutiveLossesMoney: most(lossRuns, run => run.count).money,
    maximalConsecutiveProfit: most(winRuns, run => run.money).money,
    maximalConsecutiveProfitCount: most(winRuns, run => run.money).count,
    maximalConsecutiveLoss: most(lossRuns, run => -run.money).money,
    maximalConsecutiveLossCount: most(lossRuns, run => -run.money).count,
    averageConsecutiveWins: Math.round(mean(winRuns.map(run => run.count)) ?? 0),
    averageConsecutiveLosses: Math.round(mean(lossRuns.map(run => run.count)) ?? 0),
    averageDurationS: mean(rows.map(row => row.durationS ?? 0)),
    volume: total(rows, row => row.volume),
    commission: total(rows, row => row.commission),
    swap: total(rows, row => row.swap),
    fee: total(rows, row => row.fee),
    deposits: START,
    withdrawals: 0,
    startBalance: 0,
    endBalance: START + net,
    growthPercent: (net / START) * 100,
  }
}

const DURATIONS = ['under 1 minute', '1 to 5 minutes', '5 to 15 minutes', '15 to 60 minutes', '1 to 4 hours']
const LIMITS = [60, 300, 900, 3600]
const KEYS: Record<string, (row: Trade) => [key: string, label: string][]> = {
  account: row => [[row.accountId, row.accountLabel]],
  ea: row => [[row.instanceId ?? '', row.instanceName ?? 'By hand']],
  symbol: row => [[row.symbol, row.symbol]],
  tag: row => row.tags.map(tag => [tag, tag]),
  side: row => [[row.side, row.side === 'buy' ? 'Buy' : 'Sell']],
  weekday: row => [[String((new Date(row.enteredAt ?? 0).getUTCDay() + 6) % 7), '']],
  hour: row => [[String(new Date(row.enteredAt ?? 0).getUTCHours()), '']],
  month: row => [[(row.exitedAt ?? '').slice(0, 7), (row.exitedAt ?? '').slice(0, 7)]],
  session: row => {
    const hour = new Date(row.enteredAt ?? 0).getUTCHours()
    if (hour < 8) return [['asia', 'Asia']]
    return hour < 13 ? [['london', 'London']] : [['newyork', 'New York']]
  },
  duration: row => {
    const at = LIMITS.findIndex(limit => (row.durationS ?? 0) < limit)
    const index = at < 0 ? LIMITS.length : at
    return [[String(index), DURATIONS[index] ?? '']]
  },
}

export function breakdown(all: readonly Trade[], by: string): Breakdown[] {
  const groups = new Map<string, { label: string; rows: Trade[] }>()
  for (const row of closedOf(all)) {
    for (const [key, label] of KEYS[by]?.(row) ?? []) {
      const group = groups.get(key) ?? { label, rows: [] }
      group.rows.push(row)
      groups.set(key, group)
    }
  }
  return [...groups]
    .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
    .map(([key, { label, rows }]) => {
      const all = statistics(rows)
      return {
        key,
        label,
        currency: 'USD',
        trades: rows.length,
        wins: all.profitTrades,
        losses: all.lossTrades,
        netProfit: all.netProfit,
        winRate: all.profitTrades / rows.length,
        profitFactor: all.profitFactor,
        expectedPayoff: all.expectedPayoff,
        averageR: all.averageR,
        volume: all.volume,
      }
    })
}

export function calendar(all: readonly Trade[], span: string): Calendar {
  const rows = closedOf(all).filter(row => row.exitedAt?.startsWith(span))
  const days = new Map<string, Trade[]>()
  for (const row of rows) {
    const day = (row.exitedAt ?? '').slice(0, 10)
    days.set(day, [...(days.get(day) ?? []), row])
  }
  const figure = (own: readonly Trade[]) => ({
    currency: 'USD',
    netProfit: total(own, row => row.netProfit),
    trades: own.length,
    wins: own.filter(row => row.netProfit > 0).length,
    losses: own.filter(row => row.netProfit < 0).length,
  })
  return {
    days: [...days].map(([day, own]) => ({ day, ...figure(own) })),
    totals: rows.length > 0 ? [figure(rows)] : [],
  }
}

export function curve(world: World, all: readonly Trade[]): Curve {
  const rows = closedOf(all)
  const first = Date.parse(rows[0]?.exitedAt ?? new Date().toISOString()) - WEEK_S * 100
  return {
    currency: 'USD',
    of: rows.length === closedOf(world.trades).length ? 'balance' : 'trades',
    points: drawdowns(rows, START).map(point => ({ ...point, equity: null })),
    cashFlows: world.accounts.map((account, index) => ({
      at: new Date(first + index * 1000).toISOString(),
      ticket: 900_001 + index,
      kind: 'deposit' as const,
      amount: START / world.accounts.length,
      comment: 'Deposit',
      accountId: account.id,
      accountLabel: account.label,
      currency: account.currency,
    })),
  }
}

export function compare(all: readonly Trade[], by: string, keys: readonly string[]): Compared[] {
  return keys.flatMap(key => {
    const rows = closedOf(all).filter(row => KEYS[by]?.(row).some(([own]) => own === key))
    const label = rows[0] && KEYS[by]?.(rows[0])[0]?.[1]
    let cumulative = 0
    const points = rows.map(row => {
      cumulative += row.netProfit
      return { at: row.exitedAt ?? '', cumulative }
    })
    return label ? { key, label, statistics: statistics(rows), curve: points } : []
  })
}
