import type { Optimisation } from '@/api/optimisations'
import type { InputValues, InstanceDetail } from '@/api/records'
import { dataKey, prefixed, search } from '@/components/backtest/links'
import { VARIED } from '@/components/optimisation/ranges'

export const optimiseTemplateLink = (slug: string): string => `/optimisations/new?template=${slug}`

export const optimiseInstanceLink = (row: InstanceDetail): string => `/optimisations/new?instance=${row.id}`

/** The search's own fields, as the URL of the form has them. */
export const SEARCH_NAMES = [
  'method',
  'tries',
  'criterion',
  'fewestTrades',
  'windows',
  'manner',
  'ratio',
] as const

/** The form for this again, to change something of it. */
export function searchAgainLink(row: Optimisation): string {
  const { search: asked } = row
  const varied = asked.ranges.map(
    one => [`${VARIED}${one.name}`, one.from ? `${one.from}:${one.to}:${one.step}` : '::'] as const,
  )
  return `/optimisations/new?${search({
    ...owner(row),
    ...setupNames(row),
    method: asked.method,
    tries: asked.tries,
    criterion: asked.criterion,
    fewestTrades: asked.fewestTrades,
    windows: asked.windows || null,
    manner: asked.manner,
    ratio: asked.ratio,
    ...prefixed(row.inputs),
    ...Object.fromEntries(varied),
  })}`
}

/** The backtest form with these inputs, on the same prices and account. */
export const backtestLink = (row: Optimisation, inputs: InputValues): string =>
  `/backtests/new?${search({ ...owner(row), ...setupNames(row), ...prefixed(inputs) })}`

/** Deploying with these inputs: the deploy form knows the same names. */
export const deployInputsLink = (row: Optimisation, inputs: InputValues): string =>
  `/deploy?${search({ template: row.templateSlug, symbol: row.symbol, ...prefixed(inputs), step: 'place' })}`

const owner = (row: Optimisation) =>
  row.instanceId ? { instance: row.instanceId } : { template: row.templateSlug }

function setupNames({ setup, data, symbol, timeframe }: Optimisation) {
  return {
    symbol,
    timeframe,
    data: dataKey(data.source, data.name),
    from: setup.from,
    to: setup.to,
    forward: setup.forward,
    ticks: setup.ticks,
    deposit: setup.deposit,
    currency: setup.currency,
    leverage: setup.leverage,
    marginMode: setup.marginMode,
    spreadPoints: setup.spreadPoints,
    commission: setup.commission,
    withSwaps: setup.withSwaps ? null : 'no',
    latencyMs: setup.latencyMs || null,
    seed: setup.seed || null,
  }
}
