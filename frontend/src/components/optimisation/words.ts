import type { Optimisation, SearchMethod } from '@/api/optimisations'
import { rangeWords } from '@/components/backtest/words'
import { count } from '@/format/volume'

export const METHODS: readonly { value: SearchMethod; label: string; says: string }[] = [
  {
    value: 'genetic',
    label: 'Genetic',
    says: 'Generations bred from those that did well. For many combinations.',
  },
  {
    value: 'grid',
    label: 'Every combination',
    says: 'Tries all of them, so that nothing is missed. For few inputs.',
  },
  {
    value: 'random',
    label: 'Random',
    says: 'Combinations by chance, none twice. Says most about the whole field.',
  },
  {
    value: 'bayes',
    label: 'Bayesian',
    says: 'A model proposes what to try next. Fewest tries; for slow tests.',
  },
]

export const methodName = (method: SearchMethod): string =>
  METHODS.find(one => one.value === method)?.label ?? method

export const nameOfSearch = (row: Optimisation): string =>
  `${row.templateName} ${row.version} · ${row.symbol} ${row.timeframe}`

export const timeOf = ({ setup, data }: Optimisation): string =>
  rangeWords(setup.from ?? data.fromDay, setup.to ?? data.toDay)

export const triesWords = (tries: number): string => `${count(tries)} ${tries === 1 ? 'try' : 'tries'}`

/** `fast_period 5–50 by 5`. */
export function rangesWords(row: Optimisation): string {
  return row.search.ranges
    .map(one => (one.from ? `${one.name} ${one.from}–${one.to} by ${one.step}` : one.name))
    .join(', ')
}

/** A figure as short as a table has room for. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined) return '—'
  const digits = Math.abs(value) >= 1000 ? 0 : Number.isInteger(value) ? 0 : 2
  return value.toFixed(digits).replace('-', '−')
}
