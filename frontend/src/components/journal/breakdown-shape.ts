import type { Breakdown, BreakdownBy } from '@/api/journal-records'
import { type FilterChanges, SESSIONS } from '@/components/journal/filters'
import { hourWords, WEEKDAYS } from '@/components/journal/words'
import { addDays, addMonths } from '@/format/day'
import { signedMoney } from '@/format/money'
import { multiple } from '@/format/multiple'
import { percent, ratio } from '@/format/percent'
import { count, lots } from '@/format/volume'

export const DIMENSIONS: readonly { value: BreakdownBy; label: string }[] = [
  { value: 'symbol', label: 'Symbol' },
  { value: 'ea', label: 'EA' },
  { value: 'account', label: 'Account' },
  { value: 'tag', label: 'Tag' },
  { value: 'side', label: 'Side' },
  { value: 'session', label: 'Session' },
  { value: 'weekday', label: 'Weekday' },
  { value: 'hour', label: 'Hour' },
  { value: 'month', label: 'Month' },
  { value: 'duration', label: 'Holding time' },
]

export interface Metric {
  value: 'netProfit' | 'winRate' | 'profitFactor' | 'expectedPayoff' | 'averageR' | 'trades' | 'volume'
  label: string
  isSigned: boolean
  format: (value: number, currency: string) => string
}

export const METRICS: readonly Metric[] = [
  { value: 'netProfit', label: 'Net profit', isSigned: true, format: signedMoney },
  { value: 'winRate', label: 'Win rate', isSigned: false, format: value => percent(value) },
  { value: 'profitFactor', label: 'Profit factor', isSigned: false, format: value => ratio(value) },
  { value: 'expectedPayoff', label: 'Expected payoff', isSigned: true, format: signedMoney },
  { value: 'averageR', label: 'Average R', isSigned: true, format: value => multiple(value) },
  { value: 'trades', label: 'Trades', isSigned: false, format: value => count(value) },
  { value: 'volume', label: 'Lots', isSigned: false, format: value => lots(value) },
]

const ORDERED = new Set<BreakdownBy>(['weekday', 'hour', 'month'])

/** Whether the groups have an order of their own; the others go by their figure, largest first. */
export const isOrdered = (by: BreakdownBy): boolean => ORDERED.has(by)

/** Every place of the axis, also those without a trade. */
export function placesOf(by: BreakdownBy, rows: readonly Breakdown[]): { key: string; label: string }[] {
  if (by === 'weekday') {
    const isWeekend = rows.some(row => Number(row.key) > 4)
    return WEEKDAYS.slice(0, isWeekend ? 7 : 5).map((name, index) => ({
      key: String(index),
      label: name.slice(0, 3),
    }))
  }
  if (by === 'hour') {
    return Array.from({ length: 24 }, (_, hour) => ({
      key: String(hour),
      label: hour % 3 === 0 ? String(hour).padStart(2, '0') : '',
    }))
  }
  return monthsBetween(rows.map(row => row.key))
}

function monthsBetween(keys: readonly string[]): { key: string; label: string }[] {
  const sorted = [...keys].sort()
  const last = sorted.at(-1)
  const places: { key: string; label: string }[] = []
  for (let month = sorted[0]; month && last && month <= last; month = addMonths(month, 1)) {
    places.push({ key: month, label: month })
  }
  const step = Math.ceil(places.length / 8)
  return places.map((place, index) => (index % step === 0 ? place : { ...place, label: '' }))
}

/** A group's whole name. */
export function groupName(by: BreakdownBy, row: Pick<Breakdown, 'key' | 'label'>): string {
  if (by === 'weekday') return WEEKDAYS[Number(row.key)] ?? row.label
  if (by === 'hour') return hourWords(row.key)
  return row.label || 'none'
}

/** What a click on a group narrows the journal to; nothing where no filter says it. */
export function narrowTo(by: BreakdownBy, key: string): FilterChanges | undefined {
  switch (by) {
    case 'symbol':
    case 'account':
    case 'tag':
      return key ? { [by]: [key] } : undefined
    case 'ea':
      if (key.startsWith('magic:')) return { magic: key.slice('magic:'.length) }
      return /^[0-9a-f-]{36}$/.test(key) ? { instance: key } : undefined
    case 'session':
      return SESSIONS.some(session => session === key) ? { session: key } : undefined
    case 'side':
    case 'weekday':
    case 'hour':
      return key ? { [by]: key } : undefined
    case 'month':
      return { from: `${key}-01`, to: addDays(`${addMonths(key, 1)}-01`, -1), on: null }
    case 'duration':
      return undefined
  }
}
