import type { Trade } from '@/api/records'
import { NEWEST_FIRST } from '@/components/journal/filters'
import { ReviewMarks } from '@/components/journal/review-marks'
import { Moment } from '@/components/moment'
import { SIDES, TRADE_STATES } from '@/components/states'
import { lots } from '@/format/volume'
import { Select } from '@/ui/input'
import { Multiple } from '@/ui/multiple'
import { Profit } from '@/ui/profit'

interface Props {
  trades: readonly Trade[]
  onOpen: (trade: Trade) => void
}

const ORDERS: readonly (readonly [string, string])[] = [
  [NEWEST_FIRST, 'Closed last'],
  ['exited_at', 'Closed first'],
  ['-entered_at', 'Opened last'],
  ['-net_profit', 'Best profit'],
  ['net_profit', 'Worst profit'],
  ['-r', 'Best R'],
  ['r', 'Worst R'],
  ['-volume', 'Largest'],
  ['-duration_s', 'Held longest'],
  ['symbol', 'Symbol'],
]

/** What the heads of the table are on a desk. An order that only they offer is named as it is. */
export function TradeOrder({ sort, onSort }: { sort: string; onSort: (sort: string) => void }) {
  const isKnown = ORDERS.some(([value]) => value === sort)
  return (
    <Select aria-label="Order" value={sort} onChange={event => onSort(event.target.value)}>
      {!isKnown && <option value={sort}>Another order</option>}
      {ORDERS.map(([value, words]) => (
        <option key={value} value={value}>
          {words}
        </option>
      ))}
    </Select>
  )
}

/** The same list for a hand's width. */
export function TradeCards({ trades, onOpen }: Props) {
  return (
    <ul className="divide-y divide-line">
      {trades.map(trade => (
        <li key={trade.id}>
          <button
            type="button"
            onClick={() => onOpen(trade)}
            className="block w-full px-4 py-2.5 text-left outline-offset-[-3px]"
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
              {trade.r !== null && <Multiple value={trade.r} className="ml-auto" />}
            </span>
            <ReviewMarks trade={trade} className="mt-1.5 flex" />
          </button>
        </li>
      ))}
    </ul>
  )
}
