import { addDays, addMonths, weekdayOf } from '@/format/day'

export interface DayFigure {
  day: string
  netProfit: number
  trades: number
  wins: number
  losses: number
}

export interface Week {
  /** Monday to Sunday; null outside of the month. */
  days: readonly (string | null)[]
  netProfit: number
  trades: number
}

/** Lay a month out in weeks from Monday, each with what its days of this month add up to. */
export function weeksOf(month: string, figures: ReadonlyMap<string, DayFigure>): Week[] {
  const first = `${month}-01`
  const last = addDays(`${addMonths(month, 1)}-01`, -1)
  const weeks: Week[] = []
  for (let monday = addDays(first, -weekdayOf(first)); monday <= last; monday = addDays(monday, 7)) {
    const days = Array.from({ length: 7 }, (_, index) => addDays(monday, index))
    const own = days.map(day => (day.startsWith(month) ? day : null))
    const found = own.flatMap(day => (day && figures.get(day)) || [])
    weeks.push({ days: own, ...sumOf(found) })
  }
  return weeks
}

export interface DaySum {
  netProfit: number
  trades: number
}

export function sumOf(rows: readonly DayFigure[]): DaySum {
  return {
    netProfit: rows.reduce((all, row) => all + row.netProfit, 0),
    trades: rows.reduce((all, row) => all + row.trades, 0),
  }
}

export const monthsOf = (year: string): string[] =>
  Array.from({ length: 12 }, (_, index) => `${year}-${String(index + 1).padStart(2, '0')}`)

/** The result that gets the full colour: large, but no lone outlier that would pale all others. */
export function heatScale(rows: readonly DayFigure[]): number {
  const sizes = rows.map(row => Math.abs(row.netProfit)).sort((a, b) => a - b)
  return sizes[Math.floor((sizes.length - 1) * 0.9)] ?? 0
}

/** How much of its colour a day gets, in percent: even a small result is seen. */
export function heatOf(netProfit: number, scale: number): number {
  if (Math.abs(netProfit) < 0.005 || scale <= 0) return 0
  return Math.round(10 + 28 * Math.min(1, Math.abs(netProfit) / scale))
}
