import type { Trade } from '@/api/records'
import { ReviewMarks } from '@/components/journal/review-marks'
import { Moment } from '@/components/moment'
import { StateBadge } from '@/components/state-badge'
import { SIDES, TRADE_STATES } from '@/components/states'
import { exitWords } from '@/components/trade-list'
import { duration } from '@/format/age'
import { money } from '@/format/money'
import { digitsOf, price } from '@/format/price'
import { lots } from '@/format/volume'
import { cx } from '@/ui/cx'
import { Excursion } from '@/ui/excursion'
import { Multiple } from '@/ui/multiple'
import { Profit } from '@/ui/profit'
import { Table, Td, Th, Tr } from '@/ui/table'

interface Props {
  trades: readonly Trade[]
  digits: (symbol: string) => number | undefined
  sort: string
  onSort: (key: string) => void
  /** Where `j` and `k` stand; null before they were used. */
  cursor: string | null
  onOpen: (trade: Trade) => void
}

/** The journal's lines: as much of each trade as fits one line of a desk's screen. */
export function TradeTable({ trades, digits, sort, onSort, cursor, onOpen }: Props) {
  const head = (key: string) => ({
    onSort: () => onSort(key),
    order: sort === key ? ('ascending' as const) : sort === `-${key}` ? ('descending' as const) : undefined,
  })
  return (
    <Table label="Trades" className="[&_td]:h-9.5 [&_td]:px-2.5 [&_th]:px-2.5">
      <thead>
        <tr>
          <Th {...head('exited_at')}>Closed</Th>
          <Th className="hidden 2xl:table-cell" {...head('entered_at')}>
            Opened
          </Th>
          <Th {...head('symbol')}>Symbol</Th>
          <Th {...head('side')}>Side</Th>
          <Th isNumber {...head('volume')}>
            Lots
          </Th>
          <Th isNumber>Entry</Th>
          <Th isNumber>Exit</Th>
          <Th isNumber {...head('duration_s')}>
            Held
          </Th>
          <Th className="hidden xl:table-cell" {...head('magic')}>
            EA
          </Th>
          <Th className="hidden 2xl:table-cell" {...head('exit_reason')}>
            Ended by
          </Th>
          <Th>Review</Th>
          <Th className="text-center">MAE · MFE</Th>
          <Th isNumber {...head('r')}>
            R
          </Th>
          <Th isNumber {...head('net_profit')}>
            Net profit
          </Th>
        </tr>
      </thead>
      <tbody>
        {trades.map(trade => (
          <TradeRow
            key={trade.id}
            trade={trade}
            digits={digits(trade.symbol) ?? digitsOf([trade.entryPrice ?? 0, trade.exitPrice ?? 0])}
            isAt={cursor === trade.id}
            onOpen={onOpen}
          />
        ))}
      </tbody>
    </Table>
  )
}

interface RowProps {
  trade: Trade
  digits: number
  isAt: boolean
  onOpen: (trade: Trade) => void
}

function TradeRow({ trade, digits, isAt, onOpen }: RowProps) {
  const side = SIDES[trade.side]
  const SideIcon = side.icon
  return (
    <Tr
      data-trade={trade.id}
      aria-current={isAt || undefined}
      className={cx('scroll-my-24 cursor-pointer', isAt && 'bg-accent-soft hover:bg-accent-soft')}
      onClick={() => onOpen(trade)}
    >
      <Td className="whitespace-nowrap">
        <button
          type="button"
          className="num rounded text-muted hover:text-accent"
          aria-label={`Trade ${trade.positionId}`}
        >
          {trade.state === 'closed' ? (
            <Moment at={trade.exitedAt} />
          ) : (
            <StateBadge look={TRADE_STATES[trade.state]} />
          )}
        </button>
      </Td>
      <Td className="hidden whitespace-nowrap text-muted 2xl:table-cell">
        <Moment at={trade.enteredAt} />
      </Td>
      <Td className="font-medium">{trade.symbol}</Td>
      <Td className="whitespace-nowrap text-muted">
        <SideIcon aria-hidden className="mr-1 inline size-3.5 align-[-2px] text-faint" />
        {side.label}
      </Td>
      <Td isNumber>{lots(trade.volume)}</Td>
      <Td isNumber>{price(trade.entryPrice, digits)}</Td>
      <Td isNumber>{price(trade.exitPrice, digits)}</Td>
      <Td isNumber className="text-muted">
        {duration(trade.durationS)}
      </Td>
      <Td className="hidden max-w-34 truncate text-muted xl:table-cell">
        {trade.instanceName ?? trade.accountLabel}
      </Td>
      <Td className="hidden whitespace-nowrap text-muted 2xl:table-cell">{exitWords(trade.exitReason)}</Td>
      <Td className="whitespace-nowrap">
        <ReviewMarks trade={trade} />
      </Td>
      <Td className="text-center">
        <TradeExcursion trade={trade} />
      </Td>
      <Td isNumber>
        <Multiple value={trade.r} />
      </Td>
      <Td isNumber className="font-medium">
        <Profit value={trade.netProfit} currency={trade.currency} />
      </Td>
    </Tr>
  )
}

/** How far a trade went against and for its holder; a dash until its candles are here. */
export function TradeExcursion({ trade, className }: { trade: Trade; className?: string }) {
  const { mae, mfe, maeMoney, mfeMoney, entryPrice, exitPrice, side, currency } = trade
  if (mae === null || mfe === null) return <span className="text-faint">—</span>
  const way = (exitPrice ?? entryPrice ?? 0) - (entryPrice ?? 0)
  const words =
    maeMoney !== null && mfeMoney !== null
      ? `${money(Math.abs(maeMoney), currency)} against, ${money(Math.abs(mfeMoney), currency)} in favour`
      : `${mae} against, ${mfe} in favour`
  return (
    <Excursion
      against={mae}
      favour={mfe}
      result={side === 'buy' ? way : -way}
      label={words}
      {...(className ? { className } : {})}
    />
  )
}
