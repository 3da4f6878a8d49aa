import { Link } from 'react-router'
import type { IncidentDelivery, IncidentDetail } from '@/api/incidents'
import { DELIVERY_STATES } from '@/components/alerts/delivery-states'
import { STEPS } from '@/components/alerts/incident-words'
import { Moment } from '@/components/moment'
import { Badge } from '@/ui/badge'
import { Card } from '@/ui/card'

/** Who was told of an incident, when, and what failed. */
export function ToldCard({ row }: { row: IncidentDetail }) {
  return (
    <Card title="Who was told" bodyClassName="px-4 pb-2">
      {row.deliveries.length === 0 ? (
        <p className="pb-2 text-muted text-sm">
          {row.isMuted ? (
            'Nobody: its rule was muted, or a maintenance window covered it.'
          ) : (
            <>
              Nobody.{' '}
              <Link to="/alerts/channels" className="rounded text-accent hover:underline">
                Channels
              </Link>{' '}
              say who hears of what.
            </>
          )}
        </p>
      ) : (
        <ul aria-label="Messages" className="divide-y divide-line">
          {row.deliveries.map(one => (
            <ToldRow key={one.id} row={one} />
          ))}
        </ul>
      )}
    </Card>
  )
}

function ToldRow({ row }: { row: IncidentDelivery }) {
  const { label, tone } = DELIVERY_STATES[row.state]
  return (
    <li className="space-y-1 py-2.5">
      <p className="flex flex-wrap items-center gap-2 text-sm">
        <span className="min-w-0 flex-1 truncate text-ink">{row.channelName}</span>
        <Badge tone={tone}>{label}</Badge>
      </p>
      <p className="text-faint text-xs">
        {STEPS[row.event].label} · <Moment at={row.sentAt ?? row.createdAt} />
        {row.attempt > 1 && ` · attempt ${row.attempt}`}
        {row.state === 'queued' && row.dueAt && (
          <>
            {' '}
            · next <Moment at={row.dueAt} />
          </>
        )}
      </p>
      {row.state !== 'sent' && row.error && (
        <p className="break-words font-mono text-muted text-xs">{row.error}</p>
      )}
    </li>
  )
}
