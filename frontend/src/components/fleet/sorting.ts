import type { Instance, InstanceState } from '@/api/records'

export type SortKey =
  | 'name'
  | 'state'
  | 'account'
  | 'symbol'
  | 'equity'
  | 'floating'
  | 'day'
  | 'trades'
  | 'heartbeat'

export interface FleetSort {
  key: SortKey
  isDown: boolean
}

/** What needs a person comes first. */
const URGENCY: Record<InstanceState, number> = {
  error: 0,
  deploying: 1,
  stopping: 2,
  running: 3,
  paused: 4,
  stopped: 5,
}

const VALUES: Record<SortKey, (row: Instance) => string | number> = {
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

export const FIRST_SORT: FleetSort = { key: 'state', isDown: false }

/** Read `day` or `-day` out of the URL. */
export function readSort(text: string | null): FleetSort {
  const key = text?.replace(/^-/, '') ?? ''
  if (!isSortKey(key)) return FIRST_SORT
  return { key, isDown: text?.startsWith('-') ?? false }
}

export function writeSort(sort: FleetSort): string {
  return `${sort.isDown ? '-' : ''}${sort.key}`
}

/** What a click on a head leads to: numbers show the largest first, words begin at A. */
export function nextSort(now: FleetSort, key: SortKey): FleetSort {
  if (now.key === key) return { key, isDown: !now.isDown }
  return { key, isDown: ['equity', 'floating', 'day', 'trades', 'heartbeat'].includes(key) }
}

export function sorted(rows: readonly Instance[], sort: FleetSort): Instance[] {
  const value = VALUES[sort.key]
  const sign = sort.isDown ? -1 : 1
  return rows.toSorted((a, b) => sign * compare(value(a), value(b)) || compare(a.name, b.name))
}

/** Whether every word is found in what names the instance. */
export function isFound(row: Instance, words: string): boolean {
  if (words === '') return true
  const text = `${row.name} ${row.templateName} ${row.accountLabel} ${row.symbol}`.toLowerCase()
  return words
    .toLowerCase()
    .split(/\s+/)
    .every(word => text.includes(word))
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function isSortKey(text: string): text is SortKey {
  return text in VALUES
}
