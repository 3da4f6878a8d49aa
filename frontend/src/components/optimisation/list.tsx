import { Link } from 'react-router'
import type { Optimisation } from '@/api/optimisations'
import { BACKTEST_STATES } from '@/components/backtest/states'
import { dataShort } from '@/components/backtest/words'
import { Moment } from '@/components/moment'
import { LuckBadge } from '@/components/optimisation/luck-words'
import { SearchProgress } from '@/components/optimisation/progress'
import {
  figure,
  methodName,
  nameOfSearch,
  rangesWords,
  timeOf,
  triesWords,
} from '@/components/optimisation/words'
import { StateBadge } from '@/components/state-badge'

/** Optimisations, newest first: the best of each beside how likely it is luck. */
export function OptimisationList({ rows }: { rows: readonly Optimisation[] }) {
  return (
    <ul aria-label="Optimisations" className="divide-y divide-line">
      {rows.map(row => (
        <li key={row.id} className="hover:bg-hover">
          <Row row={row} />
        </li>
      ))}
    </ul>
  )
}

function Row({ row }: { row: Optimisation }) {
  return (
    <Link
      to={`/optimisations/${row.id}`}
      className="grid min-w-0 grid-cols-[1fr_auto] items-center gap-x-4 gap-y-1 px-4 py-3 text-sm outline-offset-[-3px]"
    >
      <span className="truncate font-medium text-ink">{nameOfSearch(row)}</span>
      <span className="flex items-center gap-2 justify-self-end">
        {row.best ? (
          <>
            <LuckBadge luck={row.luck} />
            <span className="num font-semibold text-ink">{figure(row.best.value)}</span>
          </>
        ) : (
          <StateBadge look={BACKTEST_STATES[row.state]} />
        )}
      </span>
      <span className="truncate text-faint text-xs">
        {[rangesWords(row), methodName(row.search.method), timeOf(row), dataShort(row.data), row.instanceName]
          .filter(Boolean)
          .join(' · ')}
      </span>
      <span className="num text-right text-faint text-xs">
        {row.state === 'done' ? (
          `${row.search.criterionTitle} · ${triesWords(row.done)}`
        ) : (
          <Moment at={row.createdAt} />
        )}
      </span>
      <div className="col-span-2">
        <SearchProgress row={row} />
        {row.state === 'failed' && <p className="text-loss text-xs">{row.message}</p>}
        {row.state === 'cancelled' && row.best && <p className="text-faint text-xs">{row.message}</p>}
      </div>
    </Link>
  )
}
