import { Link } from 'react-router'
import type { Me } from '@/api/records'
import { Badge } from '@/ui/badge'
import { Meter } from '@/ui/meter'

/** What of the plan is used; in a short window, one line of it. */
export function PlanMeters({ me }: { me: Me }) {
  return (
    <>
      <div className="space-y-2.5 rounded-lg border border-line bg-canvas p-3 short:hidden">
        <Badge tone="accent">{me.plan.name}</Badge>
        <Meter label="Active EAs" used={me.active.used} limit={me.active.limit} />
        <Meter label="EA instances" used={me.instances.used} limit={me.instances.limit} />
      </div>
      <Link to="/plans" className="hidden items-center justify-between rounded px-2 short:flex">
        <Badge tone="accent">{me.plan.name}</Badge>
        <span className="num text-2xs text-faint">
          {me.active.used} of {me.active.limit} active
        </span>
      </Link>
    </>
  )
}
