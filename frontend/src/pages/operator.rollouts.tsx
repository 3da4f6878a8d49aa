import { useQuery } from '@tanstack/react-query'
import { Rocket } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'react-router'
import { rollouts } from '@/api/operator-queries'
import type { Rollout } from '@/api/operator-records'
import { Loaded } from '@/components/loaded'
import { Ago } from '@/components/moment'
import { ROLLOUT_STATES } from '@/components/rollout/words'
import { StateBadge } from '@/components/state-badge'
import { count } from '@/format/volume'
import { RolloutStartDialog } from '@/forms/rollout-start'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'

export default function OperatorRolloutsPage() {
  const query = useQuery(rollouts())
  const [isStarting, setStarting] = useState(false)
  const start = (
    <Button variant="primary" size="sm" onClick={() => setStarting(true)}>
      <Rocket /> Roll a version out
    </Button>
  )
  return (
    <>
      <Loaded query={query}>
        {rows => (
          <Card
            title="Rollouts"
            hint="A few EAs first, watched against limits; then all others, or back"
            actions={rows.length > 0 && start}
            bodyClassName="p-0"
          >
            {rows.length === 0 ? (
              <EmptyState icon={Rocket} title="No version was rolled out yet" actions={start}>
                EAs stay on the version that they were deployed with until a released version is rolled out to
                them.
              </EmptyState>
            ) : (
              <ul className="divide-y divide-line border-line border-t">
                {rows.map(row => (
                  <RolloutRow key={row.id} row={row} />
                ))}
              </ul>
            )}
          </Card>
        )}
      </Loaded>
      <RolloutStartDialog isOpen={isStarting} onClose={() => setStarting(false)} />
    </>
  )
}

function RolloutRow({ row }: { row: Rollout }) {
  return (
    <li>
      <Link
        to={`/operator/rollouts/${row.id}`}
        className="flex flex-wrap items-start gap-x-4 gap-y-1 px-4 py-3 transition-colors hover:bg-hover"
      >
        <div className="min-w-0 flex-1 basis-56">
          <p className="flex flex-wrap items-center gap-2 font-medium text-ink text-sm">
            {row.templateName}
            <span className="num font-normal text-muted">
              {row.fromVersion} → {row.toVersion}
            </span>
            <StateBadge look={ROLLOUT_STATES[row.state]} />
          </p>
          <p className="mt-1 text-muted text-sm">{row.waiting || row.reason}</p>
          <p className="mt-0.5 text-faint text-xs">
            {row.startedBy} · <Ago at={row.startedAt} />
          </p>
        </div>
        <p className="num shrink-0 text-right">
          <span className="block font-semibold text-ink text-lg">{count(row.moved - row.back)}</span>
          <span className="block text-faint text-xs">
            moved{row.left > 0 && `, ${count(row.left)} left`}
            {row.skipped > 0 && `, ${count(row.skipped)} do not fit`}
          </span>
        </p>
      </Link>
    </li>
  )
}
