import type { Me } from '@/api/records'
import { Badge } from '@/ui/badge'
import { Meter } from '@/ui/meter'

/** What of the plan is used. */
export function PlanMeters({ me }: { me: Me }) {
  return (
    <div className="space-y-2.5 rounded-lg border border-line bg-canvas p-3">
      <Badge tone="accent">{me.plan.name}</Badge>
      <Meter label="Active EAs" used={me.active.used} limit={me.active.limit} />
      <Meter label="EA instances" used={me.instances.used} limit={me.instances.limit} />
    </div>
  )
}
