import { useQuery } from '@tanstack/react-query'
import { CheckCheck, Hand } from 'lucide-react'
import { useState } from 'react'
import { Link, useParams } from 'react-router'
import { toast } from 'sonner'
import { canWith, whyNot } from '@/api/can'
import { acknowledgeIncident, type IncidentDetail, incident, useIncidentVerb } from '@/api/incidents'
import { sentenceOf } from '@/api/problem'
import { FigureBar } from '@/components/alerts/figure-bar'
import { IncidentBadges } from '@/components/alerts/incident-badges'
import { kindWords, SEVERITIES, subjectPlace } from '@/components/alerts/incident-words'
import { Timeline } from '@/components/alerts/timeline'
import { ToldCard } from '@/components/alerts/told'
import { Loaded } from '@/components/loaded'
import { Moment } from '@/components/moment'
import { Page } from '@/components/page'
import { useMe } from '@/components/session'
import { StateBadge } from '@/components/state-badge'
import { IncidentComment } from '@/forms/incident-comment'
import { IncidentResolveDialog } from '@/forms/incident-resolve'
import { IncidentSnooze } from '@/forms/incident-snooze'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { Facts } from '@/ui/facts'
import { Skeleton } from '@/ui/skeleton'

const PARENT = { label: 'Alerts', to: '/alerts' }

export default function IncidentPage() {
  const { id = '' } = useParams()
  return (
    <Loaded
      query={useQuery(incident(id))}
      skeleton={
        <Page title="Incident" parent={PARENT}>
          <Skeleton className="h-96 w-full rounded-xl" />
        </Page>
      }
    >
      {row => <IncidentView row={row} />}
    </Loaded>
  )
}

function IncidentView({ row }: { row: IncidentDetail }) {
  const reason = whyNot(canWith('deploy', useMe()))
  return (
    <Page
      isNarrow
      title={row.title}
      parent={PARENT}
      badge={
        <>
          <StateBadge look={SEVERITIES[row.severity]} />
          <IncidentBadges row={row} />
        </>
      }
      lead={<Subject row={row} />}
      actions={row.state !== 'resolved' && <Actions row={row} reason={reason} />}
    >
      <div className="grid grid-cols-1 items-start gap-5 lg:grid-cols-[3fr_2fr]">
        <Card title="What happened" bodyClassName="p-0">
          <Timeline events={row.events} />
          <IncidentComment id={row.id} reason={reason} />
        </Card>
        <div className="space-y-5">
          <Card title="Figures">
            <FigureBar row={row} className="mb-3" />
            <Facts facts={factsOf(row)} />
          </Card>
          <ToldCard row={row} />
        </div>
      </div>
    </Page>
  )
}

function Subject({ row }: { row: IncidentDetail }) {
  const place = subjectPlace(row)
  if (!place) return row.subjectLabel
  return (
    <Link to={place} className="rounded text-accent hover:underline">
      {row.subjectLabel}
    </Link>
  )
}

function Actions({ row, reason }: { row: IncidentDetail; reason: string | undefined }) {
  const [isAsking, setAsking] = useState(false)
  const take = useIncidentVerb((_: null) => acknowledgeIncident(row.id))
  const acknowledge = () =>
    take.mutate(null, {
      onSuccess: () => toast.success('You have it: it escalates no more'),
      onError: error => toast.error(sentenceOf(error)),
    })
  return (
    <>
      {row.state === 'open' && (
        <Button variant="primary" isBusy={take.isPending} disabledReason={reason} onClick={acknowledge}>
          <Hand /> Acknowledge
        </Button>
      )}
      <IncidentSnooze id={row.id} reason={reason} />
      <Button disabledReason={reason} onClick={() => setAsking(true)}>
        <CheckCheck /> Resolve
      </Button>
      <IncidentResolveDialog ids={[row.id]} isOpen={isAsking} onClose={() => setAsking(false)} />
    </>
  )
}

function factsOf(row: IncidentDetail) {
  return [
    ['Kind', kindWords(row.kind)] as const,
    ['Opened', <Moment key="opened" at={row.openedAt} />] as const,
    ['Last seen', <Moment key="seen" at={row.lastSeenAt} />] as const,
    ...(row.acknowledgedAt ? [['Acknowledged by', row.acknowledgedBy] as const] : []),
    ...(row.resolvedAt ? [['Resolved', <Moment key="over" at={row.resolvedAt} />] as const] : []),
  ]
}
