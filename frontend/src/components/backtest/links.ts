import type { Backtest } from '@/api/backtests'
import type { InputValues, InstanceDetail } from '@/api/records'

const INPUT = 'i.'

/** What of a setup may stand in the URL of the form; all of it is text, as forms have it. */
export const SETUP_NAMES = [
  'symbol',
  'timeframe',
  'data',
  'from',
  'to',
  'forward',
  'ticks',
  'deposit',
  'currency',
  'leverage',
  'marginMode',
  'spreadPoints',
  'commission',
  'withSwaps',
  'latencyMs',
  'seed',
  'model',
] as const
export type SetupName = (typeof SETUP_NAMES)[number]

export interface Prefill {
  setup: Partial<Record<SetupName, string>>
  inputs: Record<string, string>
}

export function readPrefill(params: URLSearchParams): Prefill {
  const setup = SETUP_NAMES.map(name => [name, params.get(name)] as const).filter(([, value]) => value)
  const inputs = [...params].filter(([name]) => name.startsWith(INPUT))
  return {
    setup: Object.fromEntries(setup),
    inputs: Object.fromEntries(inputs.map(([name, value]) => [name.slice(INPUT.length), value])),
  }
}

/** The form for this again, to change something of it. */
export function againLink(row: Backtest): string {
  const { setup, data } = row
  const owner = row.instanceId ? { instance: row.instanceId } : { template: row.templateSlug }
  return `/backtests/new?${search({
    ...owner,
    symbol: row.symbol,
    timeframe: row.timeframe,
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
    model: row.model?.versionId,
    ...prefixed(row.inputs),
  })}`
}

export const templateLink = (slug: string): string => `/backtests/new?template=${slug}`

export const instanceLink = (row: InstanceDetail): string => `/backtests/new?instance=${row.id}`

/** Deploying with what was tested: the deploy form knows the same names. */
export const deployLink = (row: Backtest): string =>
  `/deploy?${search({
    template: row.templateSlug,
    symbol: row.symbol,
    ...prefixed(row.inputs),
    step: 'place',
  })}`

export const compareLink = (ids: readonly string[]): string => `/backtests/compare?ids=${ids.join(',')}`

export const dataKey = (source: string, name: string): string => (source === 'file' ? `file:${name}` : source)

export function prefixed(inputs: InputValues): Record<string, unknown> {
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`${INPUT}${name}`, value]))
}

export function search(values: Record<string, unknown>): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== '') params.set(name, String(value))
  }
  return params.toString()
}
