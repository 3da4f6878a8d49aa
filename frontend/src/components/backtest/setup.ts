import type { BacktestForm, BacktestOptions, MarketData } from '@/api/backtests'
import type { Template } from '@/api/records'
import type { Prefill, SetupName } from '@/components/backtest/links'
import { dataKey } from '@/components/backtest/links'
import { addDays } from '@/format/day'

/** The setup while it is being written: text, as its fields have it. */
export type SetupDraft = Record<SetupName, string>

/** Of the generator's endless prices: what is offered at first. */
const MADE_DAYS = 90
const DAYS_A_YEAR = 366

export const keyOf = (data: MarketData): string => dataKey(data.source, data.name)

/** The prices of a symbol: real ones first. */
export const pricesOf = (options: BacktestOptions, symbol: string): MarketData[] =>
  options.data.filter(one => one.symbol === symbol)

export function chosenPrices(options: BacktestOptions, draft: Pick<SetupDraft, 'symbol' | 'data'>) {
  const prices = pricesOf(options, draft.symbol)
  return prices.find(one => keyOf(one) === draft.data) ?? prices[0]
}

/** The first and last day that are sensible: all there is, as far as the plan goes. */
export function usualDays(data: MarketData, years: number, today: string): { from: string; to: string } {
  const to = data.toDay ?? today
  const most = data.toDay ? years * DAYS_A_YEAR : MADE_DAYS
  const earliest = addDays(to, -most)
  return { from: data.fromDay > earliest ? data.fromDay : earliest, to }
}

export function firstDraft(
  template: Template,
  options: BacktestOptions,
  { setup }: Prefill,
  today: string,
): SetupDraft {
  const symbol = setup.symbol ?? template.symbols.find(one => pricesOf(options, one).length > 0) ?? ''
  const data = chosenPrices(options, { symbol, data: setup.data ?? '' })
  const days = data ? usualDays(data, options.limits.years, today) : { from: '', to: '' }
  return {
    symbol,
    timeframe: setup.timeframe ?? '',
    data: data ? keyOf(data) : '',
    from: setup.from ?? days.from,
    to: setup.to ?? days.to,
    forward: setup.forward ?? '',
    ticks: setup.ticks ?? (data?.timeframe === '' ? 'every' : 'ohlc'),
    deposit: setup.deposit ?? '10000',
    currency: setup.currency ?? 'USD',
    leverage: setup.leverage ?? '100',
    marginMode: setup.marginMode ?? 'hedging',
    spreadPoints: setup.spreadPoints ?? '',
    commission: setup.commission ?? '',
    withSwaps: setup.withSwaps ?? 'yes',
    latencyMs: setup.latencyMs ?? '0',
    seed: setup.seed ?? '0',
    model: setup.model ?? '',
  }
}

/** The fields as the hub takes them; `inputs` and whose they are come beside. */
export function setupOf(draft: SetupDraft): Omit<BacktestForm, 'inputs' | 'templateId' | 'instanceId'> {
  const isFile = draft.data.startsWith('file:')
  return {
    symbol: draft.symbol,
    timeframe: draft.timeframe,
    source: isFile ? 'file' : sourceOf(draft.data),
    file: isFile ? draft.data.slice('file:'.length) : '',
    from: draft.from || null,
    to: draft.to || null,
    forward: draft.forward || null,
    ticks: draft.ticks as BacktestForm['ticks'],
    deposit: plain(draft.deposit),
    currency: draft.currency.toUpperCase(),
    leverage: Number(draft.leverage),
    marginMode: draft.marginMode === 'netting' ? 'netting' : 'hedging',
    spreadPoints: draft.spreadPoints === '' ? null : Number(draft.spreadPoints),
    commission: draft.commission === '' ? null : plain(draft.commission),
    withSwaps: draft.withSwaps !== 'no',
    latencyMs: Number(draft.latencyMs || '0'),
    ticksPerBar: 12,
    seed: Number(draft.seed || '0'),
    model: draft.model || null,
  }
}

const sourceOf = (data: string): 'generator' | 'market' | 'sample' =>
  data === 'generator' || data === 'market' ? data : 'sample'

const plain = (text: string): string => text.trim().replace(',', '.')

const NUMBER = /^\d+([.,]\d+)?$/
const WHOLE = /^\d+$/

/** What is wrong with a field, in a sentence; true where nothing is. */
export const RULES: Partial<Record<SetupName, (text: string, all: SetupDraft) => string | true>> = {
  from: (text, all) => !text || !all.to || text < all.to || 'The first day must be before the last.',
  to: (text, all) => !text || !all.from || text > all.from || 'The last day must be after the first.',
  forward: (text, all) =>
    !text ||
    ((!all.from || text > all.from) && (!all.to || text < all.to)) ||
    'Choose a day within the test.',
  deposit: text => (NUMBER.test(text.trim()) && Number(plain(text)) > 0) || 'Enter an amount above 0.',
  currency: text => /^[A-Za-z]{3}$/.test(text.trim()) || 'Three letters, like USD.',
  leverage: text => (WHOLE.test(text) && Number(text) >= 1) || 'Enter a whole number, like 100.',
  spreadPoints: text => text === '' || WHOLE.test(text) || 'Enter whole points, or leave it empty.',
  commission: text => text === '' || NUMBER.test(text) || 'Enter an amount, or leave it empty.',
  latencyMs: text => text === '' || (WHOLE.test(text) && Number(text) <= 10_000) || 'From 0 to 10000.',
  seed: text => text === '' || WHOLE.test(text) || 'Enter a whole number.',
}
