import type { Backtest } from '@/api/backtests'
import { isUnderWay } from '@/api/backtests'
import { percent } from '@/format/percent'

/** How far one is, while it is under way. */
export function BacktestProgress({ row }: { row: Backtest }) {
  if (!isUnderWay(row)) return null
  return (
    <div className="flex items-center gap-3">
      <div
        role="progressbar"
        aria-label="Progress"
        aria-valuenow={Math.round(row.progress * 100)}
        aria-valuemin={0}
        aria-valuemax={100}
        className="h-1.5 min-w-16 flex-1 overflow-hidden rounded-full bg-line-strong"
      >
        <div
          className="h-full rounded-full bg-accent transition-[width] duration-500"
          style={{ width: `${row.progress * 100}%` }}
        />
      </div>
      <span className="num w-12 text-right text-faint text-xs">
        {row.state === 'queued' ? 'waits' : percent(row.progress, 0)}
      </span>
    </div>
  )
}
