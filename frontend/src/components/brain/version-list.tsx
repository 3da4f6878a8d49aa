import type { ModelVersion } from '@/api/models'
import { MODEL_STATES } from '@/components/brain/words'
import { Moment } from '@/components/moment'
import { StateBadge } from '@/components/state-badge'
import { percent } from '@/format/percent'
import { count } from '@/format/volume'
import { cx } from '@/ui/cx'

interface Props {
  rows: readonly ModelVersion[]
  chosen: string
  onChoose: (id: string) => void
}

/** A model's versions, the newest first; one is shown. */
export function VersionList({ rows, chosen, onChoose }: Props) {
  return (
    <ul aria-label="Versions" className="divide-y divide-line">
      {rows.map(row => (
        <li key={row.id}>
          <button
            type="button"
            aria-current={row.id === chosen}
            onClick={() => onChoose(row.id)}
            className={cx(
              'grid w-full grid-cols-[1fr_auto] gap-x-3 gap-y-1 px-4 py-2.5 text-left text-sm outline-offset-[-3px] hover:bg-hover',
              row.id === chosen && 'bg-accent-soft hover:bg-accent-soft',
            )}
          >
            <span className="num font-medium text-ink">Version {row.number}</span>
            <StateBadge look={MODEL_STATES[row.state]} />
            <span className="text-faint text-xs">
              {row.gatePassed ? 'edge found' : 'no edge found'}
              {row.health?.judged
                ? ` · ${percent(row.health.hitRatio, 0)} right of ${count(row.health.judged)}`
                : ''}
            </span>
            <span className="num text-right text-faint text-xs">
              <Moment at={row.createdAt} />
            </span>
          </button>
        </li>
      ))}
    </ul>
  )
}
