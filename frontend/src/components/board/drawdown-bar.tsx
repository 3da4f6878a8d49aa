import type { BoardRow } from '@/api/board'
import { money } from '@/format/money'
import { percent } from '@/format/percent'
import { cx } from '@/ui/cx'

const KINDS = { daily_loss: 'Daily loss', total_loss: 'Total loss', trailing: 'Trailing loss' } as const

/** How much is used of the loss limit that is nearest to its breach; a dash where no programme judges. */
export function DrawdownBar({ row }: { row: Pick<BoardRow, 'drawdown' | 'currency'> }) {
  const near = row.drawdown
  if (!near) return <span className="text-faint">–</span>
  const colour = near.percent >= 100 ? 'bg-loss' : near.percent >= 75 ? 'bg-warn' : 'bg-accent'
  const words = near.isBreached ? 'breached' : `${money(near.left, row.currency)} left`
  return (
    <span
      title={`${KINDS[near.kind]}: ${money(near.used, row.currency)} of ${money(near.limit, row.currency)} used`}
    >
      <span className="flex justify-between gap-3 text-xs">
        <span className={cx('num', near.isBreached ? 'text-loss' : 'text-muted')}>{words}</span>
        <span className="num text-faint">{percent(near.percent / 100, 0)}</span>
      </span>
      <span aria-hidden className="mt-1 block h-1 overflow-hidden rounded-full bg-line-strong">
        <span
          className={cx('block h-full rounded-full', colour)}
          style={{ width: `${Math.min(100, Math.max(0, near.percent))}%` }}
        />
      </span>
    </span>
  )
}
