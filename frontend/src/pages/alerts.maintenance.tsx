import { useQuery } from '@tanstack/react-query'
import { Plus, Wrench } from 'lucide-react'
import { useState } from 'react'
import { toast } from 'sonner'
import { canWith, whyNot } from '@/api/can'
import { endMaintenance, type MaintenanceWindow, maintenance, useMaintenanceVerb } from '@/api/maintenance'
import { sentenceOf } from '@/api/problem'
import { scopeWords } from '@/components/alerts/rule-words'
import { Loaded } from '@/components/loaded'
import { Moment } from '@/components/moment'
import { useMe } from '@/components/session'
import { MaintenanceDialog } from '@/forms/maintenance-plan'
import { Badge, type Tone } from '@/ui/badge'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'

const STATES: Record<MaintenanceWindow['state'], { label: string; tone: Tone }> = {
  on: { label: 'On now', tone: 'warn' },
  planned: { label: 'Planned', tone: 'accent' },
  over: { label: 'Over', tone: 'neutral' },
}

export default function MaintenancePage() {
  const reason = whyNot(canWith('deploy', useMe()))
  const [isPlanning, setPlanning] = useState(false)
  return (
    <>
      <Card
        title="Maintenance"
        hint="Times in which nobody is told. Rules judge and act all the same."
        bodyClassName="p-0"
        actions={
          <Button variant="primary" size="sm" disabledReason={reason} onClick={() => setPlanning(true)}>
            <Plus /> Plan maintenance
          </Button>
        }
      >
        <Loaded query={useQuery(maintenance())}>
          {rows =>
            rows.length === 0 ? (
              <EmptyState icon={Wrench} title="Nothing is planned">
                Plan a window before you move a machine or a broker does, so that nobody is woken for it.
              </EmptyState>
            ) : (
              <ul aria-label="Maintenance windows" className="divide-y divide-line">
                {rows.map(row => (
                  <WindowRow key={row.id} row={row} reason={reason} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </Card>
      <MaintenanceDialog isOpen={isPlanning} onClose={() => setPlanning(false)} />
    </>
  )
}

function WindowRow({ row, reason }: { row: MaintenanceWindow; reason: string | undefined }) {
  const { label, tone } = STATES[row.state]
  const end = useMaintenanceVerb((_: null) => endMaintenance(row.id))
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-64">
        <p className="flex flex-wrap items-center gap-1.5 font-medium text-ink text-sm">
          {scopeWords(row)} <Badge tone={tone}>{label}</Badge>
        </p>
        {row.reason && <p className="break-words text-muted text-sm">{row.reason}</p>}
        <p className="text-faint text-xs">
          <Moment at={row.startsAt} /> to <Moment at={row.endsAt} /> · {row.createdBy}
        </p>
      </div>
      {row.state !== 'over' && (
        <Button
          size="sm"
          isBusy={end.isPending}
          disabledReason={reason}
          onClick={() =>
            end.mutate(null, {
              onSuccess: () => toast.success('It is over: people are told again'),
              onError: error => toast.error(sentenceOf(error)),
            })
          }
        >
          {row.state === 'on' ? 'End now' : 'Cancel it'}
        </Button>
      )}
    </li>
  )
}
