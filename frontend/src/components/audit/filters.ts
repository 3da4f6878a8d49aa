import type { AuditFilters, RecordOf } from '@/api/audit-queries'

const NAMES = ['actor', 'action', 'subject', 'q'] as const
const DAY = /^\d{4}-\d{2}-\d{2}$/
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** What the URL chooses; days are whole ones where the reader is. */
export function readAuditFilters(params: URLSearchParams): AuditFilters {
  const filters: AuditFilters = {}
  for (const name of NAMES) {
    const value = params.get(name)
    if (value && (name !== 'subject' || ID.test(value))) filters[name] = value
  }
  const since = startOf(params.get('from'), 0)
  const until = startOf(params.get('to'), 1)
  if (since) filters.from = since
  if (until) filters.to = until
  return filters
}

export const isNarrowed = (filters: AuditFilters) => Object.keys(filters).length > 0

/** The file of what is on screen, all pages of it. */
export function auditExport(of: RecordOf, filters: AuditFilters, format: 'csv' | 'jsonl'): string {
  const query = new URLSearchParams(Object.entries({ ...filters, format }).map(([k, v]) => [k, String(v)]))
  return `/api/${of === 'desk' ? '' : 'operator/'}audit/export?${query}`
}

/** Midnight of that day and `later` days more, as an instant. */
function startOf(day: string | null, later: number): string | undefined {
  if (!day || !DAY.test(day)) return undefined
  const date = new Date(`${day}T00:00:00`)
  if (Number.isNaN(date.getTime())) return undefined
  date.setDate(date.getDate() + later)
  return date.toISOString()
}
