import type { RolloutDecision } from '@/api/operator-records'
import { Moment } from '@/components/moment'
import { decisionLook } from '@/components/rollout/words'
import { StateBadge } from '@/components/state-badge'

/** Every decision with its reason, newest first. */
export function DecisionLog({ rows }: { rows: readonly RolloutDecision[] }) {
  return (
    <ol className="divide-y divide-line border-line border-t">
      {rows.map(row => (
        <li key={row.id} className="flex flex-wrap items-start gap-x-4 gap-y-1 px-4 py-3">
          <span className="w-24 shrink-0">
            <StateBadge look={decisionLook(row.action)} />
          </span>
          <div className="min-w-0 flex-1 basis-56">
            <p className="text-ink text-sm">{row.reason}</p>
            <p className="mt-0.5 text-faint text-xs">
              {row.actor === 'system:rollout' ? 'By itself' : row.actor}
            </p>
          </div>
          <Moment at={row.at} className="num shrink-0 text-faint text-xs" />
        </li>
      ))}
    </ol>
  )
}
