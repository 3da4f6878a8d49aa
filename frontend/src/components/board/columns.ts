import type { BoardSort } from '@/components/board/board'

interface Column {
  label: string
  isNumber?: boolean
  sort?: BoardSort
}

/** What stands beside an account, in the order in which it stands. */
export const COLUMNS = {
  phase: { label: 'Phase', sort: 'phase' },
  programme: { label: 'Programme', sort: 'programme' },
  group: { label: 'Group', sort: 'group' },
  curve: { label: 'Last day' },
  balance: { label: 'Balance', isNumber: true, sort: 'balance' },
  equity: { label: 'Equity', isNumber: true, sort: 'equity' },
  day: { label: 'Today', isNumber: true, sort: 'day' },
  total: { label: 'Total', isNumber: true, sort: 'total' },
  drawdown: { label: 'Drawdown', sort: 'drawdown' },
  positions: { label: 'Open', isNumber: true, sort: 'positions' },
  days: { label: 'Days', isNumber: true, sort: 'days' },
  heartbeat: { label: 'Heartbeat', sort: 'heartbeat' },
} satisfies Record<string, Column>
export type ColumnName = keyof typeof COLUMNS

export const COLUMN_NAMES = Object.keys(COLUMNS) as readonly ColumnName[]
export const columnOf = (name: ColumnName): Column => COLUMNS[name]

/** Shown unless something else was chosen. */
const USUAL: readonly ColumnName[] = COLUMN_NAMES.filter(name => name !== 'programme')

/** Read the columns that the URL names; what is no column is left out, and nothing named is the usual. */
export function readColumns(params: URLSearchParams): readonly ColumnName[] {
  const written = params.get('cols')?.split(' ') ?? []
  const known = COLUMN_NAMES.filter(name => written.includes(name))
  return known.length > 0 ? known : USUAL
}

/** What the URL says once a column is shown or hidden; the usual ones need no word. */
export function columnsAfter(shown: readonly ColumnName[], name: ColumnName): string | null {
  const after = COLUMN_NAMES.filter(one => (one === name ? !shown.includes(one) : shown.includes(one)))
  if (after.length === 0) return shown.join(' ')
  return after.join(' ') === USUAL.join(' ') ? null : after.join(' ')
}
