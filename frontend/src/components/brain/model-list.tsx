import { Link } from 'react-router'
import type { BrainModel, ModelVersion } from '@/api/models'
import { MODEL_STATES, wherever } from '@/components/brain/words'
import { StateBadge } from '@/components/state-badge'
import { percent } from '@/format/percent'
import { count } from '@/format/volume'
import { Badge } from '@/ui/badge'

/** Models by name: who speaks for each, and how that one does. */
export function ModelList({ rows }: { rows: readonly BrainModel[] }) {
  return (
    <ul aria-label="Models" className="divide-y divide-line">
      {rows.map(row => (
        <li key={row.id} className="hover:bg-hover">
          <Link
            to={`/models/${row.id}`}
            className="grid grid-cols-[1fr_auto] items-center gap-x-4 gap-y-1 px-4 py-3 text-sm outline-offset-[-3px]"
          >
            <span className="flex min-w-0 flex-wrap items-center gap-2">
              <span className="truncate font-medium text-ink">{row.name}</span>
              {!row.isOpen && <Badge tone="warn">{row.requiredPlan} plan</Badge>}
            </span>
            <span className="flex items-center gap-1.5 justify-self-end">
              {row.challenger && (
                <StateBadge look={MODEL_STATES.challenger} label={`${row.challenger.number}`} />
              )}
              {row.champion ? (
                <StateBadge look={MODEL_STATES.champion} label={`Champion ${row.champion.number}`} />
              ) : (
                <Badge>Nobody speaks for it</Badge>
              )}
            </span>
            <span className="truncate text-faint text-xs">
              {[
                wherever(row),
                `${row.versions} ${row.versions === 1 ? 'version' : 'versions'}`,
                training(row),
              ]
                .filter(Boolean)
                .join(' · ')}
            </span>
            <span className="num text-right text-faint text-xs">{row.champion && doing(row.champion)}</span>
          </Link>
        </li>
      ))}
    </ul>
  )
}

function doing({ health }: ModelVersion): string {
  if (!health?.judged) return 'no outcome yet'
  return `${percent(health.hitRatio, 0)} right of ${count(health.judged)}`
}

function training({ retraining }: BrainModel): string {
  if (retraining?.state === 'queued') return 'waits to be trained'
  if (retraining?.state === 'running') return 'is being trained'
  return ''
}
