import type { Incident, IncidentFilters } from '@/api/incidents'
import { SEVERITIES } from '@/components/alerts/incident-words'

/** What the list shows: what lasts, unless somebody asks for more. */
export const SHOWN = ['current', 'open', 'acknowledged', 'resolved', 'all'] as const
export type Shown = (typeof SHOWN)[number]

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const SPANS_DAYS: Record<string, number> = { day: 1, week: 7, month: 30 }

export const shownOf = (params: URLSearchParams): Shown =>
  SHOWN.find(known => known === params.get('state')) ?? 'current'

/** Read the screen's choice off the URL; what makes no sense there is left out.
 *
 * now: epoch milliseconds; a span begins at the full hour, so that the question stays the same for a while. */
export function readIncidentFilters(params: URLSearchParams, now: number): IncidentFilters {
  const filters: IncidentFilters = {}
  const shown = shownOf(params)
  if (shown !== 'all') filters.state = shown
  const severity = params.get('severity') ?? ''
  if (severity in SEVERITIES) filters.severity = severity as Incident['severity']
  for (const name of ['kind', 'q'] as const) {
    const value = params.get(name)
    if (value) filters[name] = value
  }
  for (const name of ['account', 'rule'] as const) {
    const value = params.get(name)
    if (value && ID.test(value)) filters[name] = value
  }
  const days = SPANS_DAYS[params.get('span') ?? '']
  if (days) filters.from = new Date(Math.floor(now / 3_600_000 - days * 24) * 3_600_000).toISOString()
  return filters
}

/** Whether it leaves anything out, beside what is over. */
export const isNarrowed = ({ state, ...others }: IncidentFilters) =>
  Object.keys(others).length > 0 || (state !== undefined && state !== 'current')

/** The file of what is on screen, all pages of it. */
export const incidentsFile = (filters: IncidentFilters) =>
  `/api/alerts/incidents/export.csv?${new URLSearchParams(
    Object.entries(filters).map(([name, value]) => [name, String(value)]),
  )}`
