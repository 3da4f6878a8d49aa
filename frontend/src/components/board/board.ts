import type { BoardRow } from '@/api/board'

/** What the board is filtered, and can be grouped, by. */
export const FACETS = {
  phase: 'Phase',
  programme: 'Programme',
  group: 'Group',
  holder: 'Holder',
  firm: 'Firm',
  host: 'Host',
} as const
export type Facet = keyof typeof FACETS
export const FACET_NAMES = Object.keys(FACETS) as readonly Facet[]

/** Suggested where a phase is written; any other word is one too. */
export const PHASES = ['F1', 'F2', 'funded']

const SORTS = {
  label: row => row.label.toLowerCase(),
  balance: row => row.balance ?? Number.NEGATIVE_INFINITY,
  equity: row => row.equity ?? Number.NEGATIVE_INFINITY,
  day: row => row.dayProfit,
  total: row => row.totalProfit,
  drawdown: row => row.drawdown?.percent ?? -1,
  positions: row => row.openPositions,
  days: row => row.daysTraded,
  phase: row => row.phase.toLowerCase(),
  group: row => row.group.toLowerCase(),
  programme: row => row.programme.toLowerCase(),
  heartbeat: row => row.heartbeatAt ?? '',
} satisfies Record<string, (row: BoardRow) => number | string>
export type BoardSort = keyof typeof SORTS

export interface BoardChoice {
  q: string
  filters: Partial<Record<Facet, string>>
  by: Facet | ''
  sort: BoardSort
  isDown: boolean
}

/** Written for "those that have none" in the URL, where an empty word is "any". */
export const NONE = '-'

/** Read what the URL says; what the board does not know is left out. */
export function readChoice(params: URLSearchParams): BoardChoice {
  const written = params.get('sort') ?? ''
  const key = written.replace('-', '')
  return {
    q: params.get('q') ?? '',
    filters: Object.fromEntries(
      FACET_NAMES.flatMap(name => (params.get(name) ? [[name, params.get(name) ?? '']] : [])),
    ),
    by: FACET_NAMES.find(name => name === params.get('by')) ?? '',
    sort: key in SORTS ? (key as BoardSort) : 'label',
    isDown: written.startsWith('-') && key in SORTS,
  }
}

/** What a click on a head asks of the URL: figures begin with the largest, names with the first. */
export function sortAfter({ sort, isDown }: BoardChoice, key: BoardSort): string {
  if (sort === key) return isDown ? key : `-${key}`
  return ['label', 'phase', 'group', 'programme'].includes(key) ? key : `-${key}`
}

/** The rows that are wanted, in their order. */
export function chosenRows(rows: readonly BoardRow[], choice: BoardChoice): BoardRow[] {
  const words = choice.q.toLowerCase().split(/\s+/).filter(Boolean)
  const value = SORTS[choice.sort]
  const sign = choice.isDown ? -1 : 1
  return rows
    .filter(row => isWanted(row, choice, words))
    .map(row => ({ row, key: value(row) }))
    .sort((one, two) => sign * compare(one.key, two.key) || compare(one.row.label, two.row.label))
    .map(({ row }) => row)
}

function isWanted(row: BoardRow, choice: BoardChoice, words: readonly string[]): boolean {
  for (const name of FACET_NAMES) {
    const wanted = choice.filters[name]
    if (wanted && row[name] !== (wanted === NONE ? '' : wanted)) return false
  }
  if (words.length === 0) return true
  const text =
    `${row.label}\n${row.login}\n${row.server}\n${row.holder}\n${row.firm}\n${row.group}\n${row.host}`.toLowerCase()
  return words.every(word => text.includes(word))
}

const compare = (one: number | string, two: number | string): number => (one < two ? -1 : one > two ? 1 : 0)

export interface Totals {
  currency: string
  accounts: number
  balance: number
  equity: number
  dayProfit: number
  totalProfit: number
  openPositions: number
}

/** Sums by currency, the currency of most accounts first: money of two currencies is not added up. */
export function totalsOf(rows: readonly BoardRow[]): Totals[] {
  const found = new Map<string, Totals>()
  for (const row of rows) {
    const sum = found.get(row.currency) ?? none(row.currency)
    sum.accounts += 1
    sum.balance += row.balance ?? 0
    sum.equity += row.equity ?? 0
    sum.dayProfit += row.dayProfit
    sum.totalProfit += row.totalProfit
    sum.openPositions += row.openPositions
    found.set(row.currency, sum)
  }
  return [...found.values()].sort((one, two) => two.accounts - one.accounts)
}

const none = (currency: string): Totals => ({
  currency,
  accounts: 0,
  balance: 0,
  equity: 0,
  dayProfit: 0,
  totalProfit: 0,
  openPositions: 0,
})

export type Line =
  | { kind: 'section'; name: string; rows: readonly BoardRow[]; isOpen: boolean }
  | { kind: 'row'; row: BoardRow }

/** The table's lines: the rows, or sections of them with the rows of those that are open. */
export function linesOf(rows: readonly BoardRow[], by: Facet | '', closed: ReadonlySet<string>): Line[] {
  if (!by) return rows.map(row => ({ kind: 'row', row }))
  const sections = groupedBy(rows, row => row[by])
  // Those without a name come last.
  const names = [...sections.keys()].sort((one, two) => (one && two ? compare(one, two) : one ? -1 : 1))
  return names.flatMap((name): Line[] => {
    const own = sections.get(name) ?? []
    const isOpen = !closed.has(name)
    const head: Line = { kind: 'section', name, rows: own, isOpen }
    return isOpen ? [head, ...own.map((row): Line => ({ kind: 'row', row }))] : [head]
  })
}

/** The words of a facet that occur, by the alphabet; "" where some have none. */
export function wordsOf(rows: readonly BoardRow[], facet: Facet): string[] {
  return [...new Set(rows.map(row => row[facet]))].sort(compare)
}

export function groupedBy<Item>(items: readonly Item[], key: (item: Item) => string): Map<string, Item[]> {
  const found = new Map<string, Item[]>()
  for (const item of items) {
    const own = found.get(key(item))
    if (own) own.push(item)
    else found.set(key(item), [item])
  }
  return found
}

/** The set with these in it, or without them. */
export function withAll(
  before: ReadonlySet<string>,
  names: readonly string[],
  isIn: boolean,
): ReadonlySet<string> {
  const after = new Set(before)
  for (const name of names) {
    if (isIn) after.add(name)
    else after.delete(name)
  }
  return after
}
