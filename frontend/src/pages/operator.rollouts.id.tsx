import { useQuery } from '@tanstack/react-query'
import { ArrowLeft, BadgeCheck, CircleStop, Undo2 } from 'lucide-react'
import { useState } from 'react'
import { Link, useParams } from 'react-router'
import { rollout } from '@/api/operator-queries'
import type { RolloutDetail } from '@/api/operator-records'
import { Loaded } from '@/components/loaded'
import { Ago } from '@/components/moment'
import { DecisionLog } from '@/components/rollout/decision-log'
import { MemberRows } from '@/components/rollout/member-rows'
import { PhaseSteps } from '@/components/rollout/phase-steps'
import { ROLLOUT_STATES } from '@/components/rollout/words'
import { StateBadge } from '@/components/state-badge'
import { RolloutTurnDialog, type Turn } from '@/forms/rollout-turn'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'
import { Card } from '@/ui/card'

export default function OperatorRolloutPage() {
  const { id = '' } = useParams()
  return <Loaded query={useQuery(rollout(id))}>{found => <RolloutView found={found} />}</Loaded>
}

function RolloutView({ found }: { found: RolloutDetail }) {
  const [asked, setAsked] = useState<Turn | null>(null)
  const isUnderWay = found.endedAt === null
  const isBack = found.state === 'returning' || found.state === 'rolled_back'
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-64">
          <Link
            to="/operator/rollouts"
            className="inline-flex items-center gap-1 text-faint text-xs hover:text-ink"
          >
            <ArrowLeft className="size-3" /> Rollouts
          </Link>
          <h2 className="mt-1 flex flex-wrap items-center gap-2 font-semibold text-ink text-lg">
            {found.templateName}
            <span className="num font-normal text-muted">
              {found.fromVersion} → {found.toVersion}
            </span>
            <StateBadge look={ROLLOUT_STATES[found.state]} />
          </h2>
          <p className="mt-0.5 text-faint text-xs">
            Started by {found.startedBy}, <Ago at={found.startedAt} />
            {found.changelog && ` · ${found.changelog}`}
          </p>
        </div>
        <div className="flex flex-wrap gap-2">
          {found.state === 'canary' && (
            <Button variant="primary" onClick={() => setAsked('promote')}>
              <BadgeCheck /> Promote now
            </Button>
          )}
          {!isBack && found.moved > 0 && (
            <Button variant="danger" onClick={() => setAsked('rollBack')}>
              <Undo2 /> Roll back now
            </Button>
          )}
          {isUnderWay && (
            <Button onClick={() => setAsked('stop')}>
              <CircleStop /> Stop
            </Button>
          )}
        </div>
      </div>
      <Card>
        <PhaseSteps rollout={found} />
        {(found.waiting || found.reason) && (
          <Callout tone={isBack ? 'loss' : 'info'} className="mt-4">
            {found.waiting || found.reason}.
          </Callout>
        )}
      </Card>
      <Card
        title="EAs"
        hint={`${found.moved - found.back} moved · ${found.left} left · ${found.skipped} do not fit`}
        bodyClassName="p-0"
      >
        <MemberRows rollout={found} />
        {found.members.length === 0 && (
          <p className="px-4 pb-4 text-muted text-sm">The first are chosen within seconds.</p>
        )}
      </Card>
      <Card title="Decisions" hint="Newest first" bodyClassName="p-0">
        <DecisionLog rows={found.decisions} />
      </Card>
      <RolloutTurnDialog rollout={found} turn={asked} onClose={() => setAsked(null)} />
    </div>
  )
}
