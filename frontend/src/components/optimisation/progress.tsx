import { isSearching, type Optimisation } from '@/api/optimisations'
import { duration } from '@/format/age'
import { percent } from '@/format/percent'
import { count } from '@/format/volume'

/** How far one is and how long it still takes, while it is under way. */
export function SearchProgress({ row }: { row: Optimisation }) {
  if (!isSearching(row)) return null
  const share = row.total > 0 ? Math.min(1, row.done / row.total) : 0
  return (
    <div className="space-y-1.5">
      <div
        role="progressbar"
        aria-label="Progress"
        aria-valuenow={Math.round(share * 100)}
        aria-valuemin={0}
        aria-valuemax={100}
        className="h-1.5 overflow-hidden rounded-full bg-line-strong"
      >
        <div
          className="h-full rounded-full bg-accent transition-[width] duration-500"
          style={{ width: `${share * 100}%` }}
        />
      </div>
      <p className="num flex flex-wrap justify-between gap-x-4 text-faint text-xs">
        <span>
          {row.state === 'queued'
            ? 'Waits for its turn'
            : `${count(row.done)} of at most ${count(row.total)} tries · ${percent(share, 0)}`}
        </span>
        {row.secondsLeft !== null && row.secondsLeft > 0 && (
          <span>about {duration(Math.ceil(row.secondsLeft))} left</span>
        )}
      </p>
    </div>
  )
}
