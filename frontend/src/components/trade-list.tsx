import type { Trade } from '@/api/records'
import { Moment } from '@/components/moment'
import { StateBadge } from '@/components/state-badge'
import { SIDES, TRADE_STATES } from '@/components/states'
import { duration } from '@/format/age'
import { digitsOf, price } from '@/format/price'
import { lots } from '@/format/volume'
import { Profit } from '@/ui/profit'
import { Table, Td, Th, Tr } from '@/ui/table'

export type TradeSort = 'exited_at' | 'entered_at' | 'symbol' | 'volume' | 'net_profit'

interface Props {
  trades: readonly Trade[]
  digits: (symbol: string) => number | undefined
  /** As the hub writes it: `-exited_at` is newest first. Without it the heads do not sort. */
  sort?: string
  onSort?: (key: TradeSort) => void
  onOpen: (trade: Trade) => void
  hasOwner?: boolean
}

/** Trades: a table where there is room, cards on a phone. */
export function TradeList(props: Props) {
  return (
    <>
      <div className="hidden md:block">
        <TradeTable {...props} />
      </div>
      <ul className="divide-y divide-line md:hidden">
        {props.trades.map(trade => (
          <TradeCard key={trade.id} trade={trade} onOpen={props.onOpen} />
        ))}
      </ul>
    </>
  )
}

function TradeCard({ trade, onOpen }: { trade: Trade; onOpen: (trade: Trade) => void }) {
  return (
    <li>
      <button
        type="button"
        onClick={() => onOpen(trade)}
        className="block w-full px-4 py-3 text-left outline-offset-[-3px]"
      >
        <span className="flex items-baseline justify-between gap-3 text-sm">
          <span className="font-medium">
            {trade.symbol}{' '}
            <span className="num font-normal text-muted">
              {SIDES[trade.side].label.toLowerCase()} {lots(trade.volume)}
            </span>
          </span>
          <Profit value={trade.netProfit} currency={trade.currency} className="font-medium" />
        </span>
        <span className="num mt-0.5 flex items-baseline justify-between gap-3 text-faint text-xs">
          {trade.state === 'closed' ? <Moment at={trade.exitedAt} /> : TRADE_STATES[trade.state].label}
          <span className="truncate">{trade.instanceName ?? trade.accountLabel}</span>
        </span>
      </button>
    </li>
  )
}

function TradeTable({ trades, digits, sort, onSort, onOpen, hasOwner = true }: Props) {
  const head = (key: TradeSort) =>
    onSort && {
      onSort: () => onSort(key),
      order: sort === key ? ('ascending' as const) : sort === `-${key}` ? ('descending' as const) : undefined,
    }
  return (
    <Table label="Trades">
      <thead>
        <tr>
          <Th {...head('exited_at')}>Closed</Th>
          <Th {...head('symbol')}>Symbol</Th>
          <Th>Side</Th>
          <Th isNumber {...head('volume')}>
            Lots
          </Th>
          <Th isNumber>Entry</Th>
          <Th isNumber>Exit</Th>
          <Th isNumber>Held</Th>
          {hasOwner && <Th>EA</Th>}
          <Th>Ended by</Th>
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
            onOpen={onOpen}
            hasOwner={hasOwner}
          />
        ))}
      </tbody>
    </Table>
  )
}

interface RowProps {
  trade: Trade
  digits: number
  onOpen: (trade: Trade) => void
  hasOwner: boolean
}

function TradeRow({ trade, digits, onOpen, hasOwner }: RowProps) {
  return (
    <Tr className="cursor-pointer" onClick={() => onOpen(trade)}>
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
      <Td className="font-medium">{trade.symbol}</Td>
      <Td>
        <StateBadge look={SIDES[trade.side]} />
      </Td>
      <Td isNumber>{lots(trade.volume)}</Td>
      <Td isNumber>{price(trade.entryPrice, digits)}</Td>
      <Td isNumber>{price(trade.exitPrice, digits)}</Td>
      <Td isNumber className="text-muted">
        {duration(trade.durationS)}
      </Td>
      {hasOwner && (
        <Td className="max-w-44 truncate text-muted">{trade.instanceName ?? trade.accountLabel}</Td>
      )}
      <Td className="whitespace-nowrap text-muted">{exitWords(trade.exitReason)}</Td>
      <Td isNumber className="font-medium">
        <Profit value={trade.netProfit} currency={trade.currency} />
      </Td>
    </Tr>
  )
}

const REASONS: Record<string, string> = {
  sl: 'Stop-loss',
  tp: 'Target',
  so: 'Stop-out',
  expert: 'EA',
  client: 'By hand',
  mobile: 'By phone',
  web: 'By web',
  rollover: 'Rollover',
  vmargin: 'Variation margin',
  split: 'Split',
  corporate: 'Corporate action',
}

/** Why a trade ended, in words; what we have no word for is shown as the hub says it. */
export function exitWords(reason: string): string {
  return REASONS[reason.toLowerCase()] ?? (reason.replaceAll('_', ' ') || '—')
}
