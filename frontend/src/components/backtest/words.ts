import type { Backtest, MarketData, TickModel } from '@/api/backtests'
import { shortDay } from '@/format/day'

export const TICK_MODELS: readonly { value: TickModel; label: string; says: string }[] = [
  {
    value: 'ohlc',
    label: '1 minute OHLC',
    says: 'Open, high, low and close of each minute. Fast, and good for most EAs.',
  },
  {
    value: 'm1',
    label: 'Made ticks',
    says: 'A made-up path through each minute. Slower; for EAs that look at every tick.',
  },
  {
    value: 'open',
    label: 'Opening prices',
    says: 'One price a bar. Fastest; stops within a bar are filled late.',
  },
  { value: 'every', label: 'Real ticks', says: 'Every tick as it was recorded. Needs a file of ticks.' },
]

export const tickModel = (value: TickModel): string =>
  TICK_MODELS.find(model => model.value === value)?.label ?? value

/** Which prices, so that nobody takes made-up ones for a market's. */
export function dataWords(data: MarketData): string {
  if (data.source === 'file') return `The file ${data.name}`
  if (data.source === 'market') return 'This market, recorded'
  if (data.source === 'sample') return 'The sample that ships with metafleet'
  return 'Made-up prices of the generator, no market’s'
}

export function dataShort(data: MarketData): string {
  if (data.source === 'file') return data.name
  if (data.source === 'market') return 'This market'
  return data.source === 'sample' ? 'Sample' : 'Generated'
}

/** `3 Jan 2024 – 12 Jan 2024`; open ends by a dash. */
export function rangeWords(from: string | null, to: string | null): string {
  return [from, to]
    .map(day => (day ? shortDay(day) : ''))
    .join(' – ')
    .trim()
}

export const periodWords = ({ setup, data }: Backtest): string =>
  rangeWords(setup.from ?? data.fromDay, setup.to ?? data.toDay)
