import { Link } from 'react-router'
import type { Backtest } from '@/api/backtests'
import { modelWords } from '@/components/backtest/model-words'
import { BacktestProgress } from '@/components/backtest/progress'
import { BACKTEST_STATES } from '@/components/backtest/states'
import { dataShort, periodWords } from '@/components/backtest/words'
import { Moment } from '@/components/moment'
import { StateBadge } from '@/components/state-badge'
import { count } from '@/format/volume'
import { Profit } from '@/ui/profit'

interface Props {
  rows: readonly Backtest[]
  /** Those that are chosen to be compared; without it none can be. */
  chosen?: readonly string[]
  onChoose?: (id: string) => void
}

/** Backtests, newest first; each row leads to its report, or says how far it is. */
export function BacktestList({ rows, chosen = [], onChoose }: Props) {
  return (
    <ul aria-label="Backtests" className="divide-y divide-line">
      {rows.map(row => (
        <li key={row.id} className="flex items-stretch hover:bg-hover">
          {onChoose && (
            <label className="flex w-11 shrink-0 cursor-pointer items-center justify-center">
              <span className="sr-only">Compare {nameOf(row)}</span>
              <input
                type="checkbox"
                className="size-4 accent-accent disabled:opacity-30"
                disabled={row.state !== 'done'}
                checked={chosen.includes(row.id)}
                onChange={() => onChoose(row.id)}
              />
            </label>
          )}
          <Row row={row} />
        </li>
      ))}
    </ul>
  )
}

function Row({ row }: { row: Backtest }) {
  return (
    <Link
      to={`/backtests/${row.id}`}
      className="grid min-w-0 flex-1 grid-cols-[1fr_auto] items-center gap-x-4 gap-y-1 py-3 pr-4 pl-4 text-sm outline-offset-[-3px] [label+&]:pl-1"
    >
      <span className="truncate font-medium text-ink">{nameOf(row)}</span>
      <span className="justify-self-end">
        {row.summary ? (
          <Profit value={row.summary.netProfit} currency={row.setup.currency} className="font-semibold" />
        ) : (
          <StateBadge look={BACKTEST_STATES[row.state]} />
        )}
      </span>
      <span className="truncate text-faint text-xs">
        {[periodWords(row), dataShort(row.data), row.instanceName, row.model?.name, changedWords(row)]
          .filter(Boolean)
          .join(' · ')}
      </span>
      <span className="num text-right text-faint text-xs">
        {row.summary ? summary(row) : <Moment at={row.createdAt} />}
      </span>
      <div className="col-span-2">
        <BacktestProgress row={row} />
        {hasSeen(row) && <p className="text-warn text-xs">{modelWords(row)}</p>}
        {row.state === 'failed' && <p className="text-loss text-xs">{row.message}</p>}
      </div>
    </Link>
  )
}

/** Whether its figures are of prices that its model was made of. */
const hasSeen = ({ model }: Backtest): boolean => model !== null && model.seen !== 'none'

export const nameOf = (row: Backtest): string =>
  `${row.templateName} ${row.version} · ${row.symbol} ${row.timeframe}`

/** The inputs of its own: what tells it from others of the same EA. */
export const changedWords = (row: Backtest): string =>
  row.changedInputs.map(name => `${name} ${String(row.inputs[name])}`).join(', ')

function summary({ summary: all }: Backtest): string {
  if (!all) return ''
  const fall = all.drawdownPercent === null ? '' : ` · ${all.drawdownPercent.toFixed(1)} % drawdown`
  return `${count(all.trades)} ${all.trades === 1 ? 'trade' : 'trades'}${fall}`
}
