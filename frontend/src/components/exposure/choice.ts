import type { ExposureQuery, SameQuery } from '@/api/exposure'
import { FACET_NAMES, type Facet } from '@/components/board/board'

export const DAYS = { 1: '1 day', 7: '7 days', 30: '30 days', 90: '90 days' } as const
export const WINDOWS = { 5: '5 s', 15: '15 s', 60: '1 min', 300: '5 min', 900: '15 min' } as const
export const RATIOS = { 0: 'Any volume', 1: 'Same volume', 2: 'Up to twice', 5: 'Up to 5 times' } as const

export interface ExposureChoice {
  tab: 'open' | 'same'
  filters: Partial<Record<Facet, string>>
  money: string
  by: Facet
  days: number
  windowS: number
  ratio: number
  isOppositeOnly: boolean
}

/** Read what the URL says; what is not among the choices is as if it were not there. */
export function readChoice(params: URLSearchParams): ExposureChoice {
  const among = (name: string, choices: object, otherwise: number) =>
    (params.get(name) ?? '') in choices ? Number(params.get(name)) : otherwise
  return {
    tab: params.get('tab') === 'same' ? 'same' : 'open',
    filters: Object.fromEntries(
      FACET_NAMES.flatMap(name => (params.get(name) ? [[name, params.get(name) ?? '']] : [])),
    ),
    money: /^[A-Z]{3,4}$/.test(params.get('money') ?? '') ? (params.get('money') ?? '') : '',
    by: FACET_NAMES.find(name => name === params.get('by')) ?? 'group',
    days: among('days', DAYS, 7),
    windowS: among('window', WINDOWS, 60),
    ratio: among('ratio', RATIOS, 0),
    isOppositeOnly: params.get('opposite') === 'yes',
  }
}

export const openQuery = ({ filters, money, by }: ExposureChoice): ExposureQuery => ({
  ...filters,
  money,
  by,
})

export const sameQuery = ({ filters, days, windowS, ratio, isOppositeOnly }: ExposureChoice): SameQuery => ({
  ...filters,
  days,
  windowS,
  ratio,
  opposite: isOppositeOnly,
})

/** The address of the file that has what the screen shows. */
export function fileOf(choice: ExposureChoice): string {
  const { tab } = choice
  const query = tab === 'open' ? openQuery(choice) : sameQuery(choice)
  const asked = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]))
  return `/api/exposure/${tab === 'open' ? 'export' : 'same-trades'}.csv?${asked}`
}
