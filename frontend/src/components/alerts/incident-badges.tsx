import { BellOff, Siren } from 'lucide-react'
import type { Incident } from '@/api/incidents'
import { INCIDENT_STATES } from '@/components/alerts/incident-words'
import { useNow } from '@/components/now'
import { moment } from '@/format/time'
import { Badge } from '@/ui/badge'

/** How an incident stands, in a few words. */
export function IncidentBadges({ row, hasState = true }: { row: Incident; hasState?: boolean }) {
  const now = useNow()
  const { label, tone, icon } = INCIDENT_STATES[row.state]
  const isSnoozed = row.snoozedUntil !== null && Date.parse(row.snoozedUntil) > now
  return (
    <>
      {hasState && (
        <Badge tone={tone} icon={icon}>
          {label}
        </Badge>
      )}
      {isSnoozed && row.snoozedUntil && (
        <Badge icon={BellOff}>Quiet until {moment(new Date(row.snoozedUntil), new Date(now))}</Badge>
      )}
      {row.escalation > 0 && row.state === 'open' && (
        <Badge tone="warn" icon={Siren}>
          Escalated {row.escalation}×
        </Badge>
      )}
      {row.isMuted && (
        <span title="Nobody was told: its rule was muted, or a maintenance window covered it.">
          <Badge icon={BellOff}>Muted</Badge>
        </span>
      )}
    </>
  )
}
