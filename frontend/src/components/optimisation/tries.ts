import type { Optimisation } from '@/api/optimisations'
import type { Figures, InputValue, SearchReport } from '@/api/search-report'

/** A try as the table and the map show it, whether it comes of the report or of what is known so far. */
export interface TryLine {
  /** Its place among all, the best being 1. */
  place: number
  inputs: Record<string, InputValue>
  value: number | null
  figures: Figures
  forward: Figures | null
  error: string
}

export const COLUMNS: readonly { name: string; label: string }[] = [
  { name: 'net_profit', label: 'Net profit' },
  { name: 'profit_factor', label: 'Profit factor' },
  { name: 'drawdown_percent', label: 'Drawdown, %' },
  { name: 'trades', label: 'Trades' },
  { name: 'sharpe', label: 'Sharpe' },
]

export function linesOf(report: SearchReport): TryLine[] {
  const names = Object.keys(report.figures)
  const named = (values: readonly (number | null)[] | null | undefined): Figures =>
    Object.fromEntries((values ?? []).map((value, at) => [names[at] ?? '', value]))
  return report.rows.map((row, at) => ({
    place: at + 1,
    inputs: Object.fromEntries(
      report.dimensions.map((one, place) => [one.name, one.values[row.at[place] ?? 0] ?? '']),
    ),
    value: row.value,
    figures: named(row.figures),
    forward: row.forward ? named(row.forward) : null,
    error: row.error ?? '',
  }))
}

export interface Order {
  by: string
  isRising: boolean
}

/** What a column sorts by: an input, a figure, the criterion's value. */
export function sortKey(line: TryLine, by: string): number | string | null {
  if (by === 'place') return line.place
  if (by === 'value') return line.value
  if (by === 'forward') return line.forward?.net_profit ?? null
  const input = line.inputs[by]
  if (input !== undefined) return typeof input === 'boolean' ? Number(input) : input
  return line.figures[by] ?? null
}

/** Sorted; what has no value comes last whichever way. */
export function sorted(lines: readonly TryLine[], { by, isRising }: Order): TryLine[] {
  const sign = isRising ? 1 : -1
  return [...lines].sort((one, other) => {
    const [a, b] = [sortKey(one, by), sortKey(other, by)]
    if (a === null || b === null) return Number(a === null) - Number(b === null) || one.place - other.place
    if (a === b) return one.place - other.place
    return (a < b ? -1 : 1) * sign
  })
}

/** All inputs of a try, those included that were not searched over. */
export const wholeInputs = (row: Optimisation, line: TryLine): Record<string, unknown> => ({
  ...row.inputs,
  ...line.inputs,
})
