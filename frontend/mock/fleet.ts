import type { FleetWindow, Instance, InstanceState } from '../src/api/records.ts'

/** What needs a person comes first. */
const URGENCY: Record<InstanceState, number> = {
  error: 0,
  deploying: 1,
  stopping: 2,
  running: 3,
  paused: 4,
  stopped: 5,
}

const VALUES: Record<string, (row: Instance) => string | number> = {
  name: row => row.name.toLowerCase(),
  state: row => URGENCY[row.state],
  account: row => row.accountLabel.toLowerCase(),
  symbol: row => row.symbol,
  equity: row => row.equity ?? 0,
  floating: row => row.floatingProfit,
  day: row => row.dayProfit,
  trades: row => row.tradeCount,
  heartbeat: row => row.heartbeatAt ?? '',
}

/** The rows of the list that the query asks for. */
export function fleetWindow(rows: readonly Instance[], query: URLSearchParams): FleetWindow {
  const state = query.get('state')
  const sort = query.get('sort') ?? 'state'
  const offset = Number(query.get('offset') ?? 0)
  const sign = sort.startsWith('-') ? -1 : 1
  const value = VALUES[sort.replace(/^-/, '')] ?? (row => URGENCY[row.state])
  const found = rows
    .filter(row => (!state || row.state === state) && isFound(row, query.get('q') ?? ''))
    .toSorted((a, b) => sign * compare(value(a), value(b)) || compare(a.name, b.name))
  const items = found.slice(offset, offset + Number(query.get('limit') ?? 100))
  return { items, offset, total: found.length, existing: rows.length }
}

function isFound(row: Instance, words: string): boolean {
  const text = `${row.name} ${row.templateName} ${row.accountLabel} ${row.symbol}`.toLowerCase()
  return words
    .toLowerCase()
    .split(/\s+/)
    .every(word => text.includes(word))
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0
}
