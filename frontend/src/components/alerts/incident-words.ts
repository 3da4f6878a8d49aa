import {
  ArrowUpRight,
  BellOff,
  Bot,
  CheckCheck,
  CircleAlert,
  Hand,
  Info,
  type LucideIcon,
  MessageSquare,
  Siren,
  TriangleAlert,
} from 'lucide-react'
import type { Incident, IncidentEvent } from '@/api/incidents'
import type { Look } from '@/components/states'
import { duration } from '@/format/age'
import { money } from '@/format/money'
import { percent } from '@/format/percent'
import { count } from '@/format/volume'
import type { Tone } from '@/ui/badge'

export const SEVERITIES: Record<Incident['severity'], Look> = {
  critical: { label: 'Critical', tone: 'loss', icon: Siren, says: 'It is told again until somebody has it.' },
  warning: { label: 'Warning', tone: 'warn', icon: TriangleAlert, says: 'It needs a look.' },
  info: { label: 'Information', tone: 'accent', icon: Info, says: 'Good to know.' },
}

export const INCIDENT_STATES: Record<Incident['state'], Look> = {
  open: { label: 'Open', tone: 'loss', icon: CircleAlert, says: 'It lasts, and nobody has taken it over.' },
  acknowledged: { label: 'Acknowledged', tone: 'accent', icon: Hand, says: 'It lasts, and somebody has it.' },
  resolved: { label: 'Resolved', tone: 'profit', icon: CheckCheck, says: 'It is over.' },
}

interface Step {
  label: string
  tone: Tone
  icon: LucideIcon
}

export const STEPS: Record<IncidentEvent['kind'], Step> = {
  opened: { label: 'Seen', tone: 'loss', icon: CircleAlert },
  worse: { label: 'Worse', tone: 'loss', icon: ArrowUpRight },
  acted: { label: 'Done by the system', tone: 'accent', icon: Bot },
  acknowledged: { label: 'Acknowledged', tone: 'neutral', icon: Hand },
  snoozed: { label: 'Snoozed', tone: 'neutral', icon: BellOff },
  escalated: { label: 'Escalated', tone: 'warn', icon: Siren },
  noted: { label: 'Comment', tone: 'neutral', icon: MessageSquare },
  resolved: { label: 'Resolved', tone: 'profit', icon: CheckCheck },
}

/** A kind as people read it: `heartbeat_late` is `Heartbeat late`. */
export const kindWords = (kind: string) => {
  const words = kind.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** Who did it: a person, or the system itself. */
export const actorWords = (actor: string) => (actor.startsWith('system') ? 'metafleet' : actor)

/** Where what it is about is looked at; nothing for the desk as a whole. */
export function subjectPlace(row: Incident): string | null {
  if (row.subject === 'instance' && row.subjectId) return `/instances/${row.subjectId}`
  if (row.accountId) return `/accounts/${row.accountId}`
  if (row.subject === 'host' && row.subjectId) return `/machines/${row.subjectId}`
  return row.subject === 'group' ? `/board?group=${encodeURIComponent(row.subjectLabel)}` : null
}

export interface Figure {
  value: string
  limit: string
  /** How much of the limit is used, 1 at it; nothing where that is no share. */
  share: number | null
}

/** The figures of an incident in words; nothing where it has none. */
export function figureOf(detail: Incident['detail']): Figure | null {
  const { value, limit, unit, currency, percent: used } = detail
  if (typeof value !== 'number' || typeof limit !== 'number') return null
  const words = (amount: number) => amountWords(amount, String(unit ?? ''), String(currency ?? ''))
  const share = typeof used === 'number' ? used / 100 : limit === 0 ? null : value / limit
  return { value: words(value), limit: words(limit), share: share === null ? null : Math.max(0, share) }
}

function amountWords(amount: number, unit: string, currency: string): string {
  if (unit === 'money') return money(amount, currency)
  if (unit === 'percent') return percent(amount / 100, amount !== 0 && Math.abs(amount) < 0.1 ? 4 : 1)
  if (unit === 'seconds') return duration(amount)
  return unit ? `${count(amount)} ${unit}` : count(amount)
}
