import { Link } from 'react-router'
import type { Trade } from '@/api/records'
import { Moment } from '@/components/moment'
import { StateBadge } from '@/components/state-badge'
import { SIDES, TRADE_STATES } from '@/components/states'
import { exitWords } from '@/components/trade-list'
import { duration } from '@/format/age'
import { digitsOf, price } from '@/format/price'
import { lots } from '@/format/volume'
import { Dialog } from '@/ui/dialog'
import { Facts } from '@/ui/facts'
import { Profit } from '@/ui/profit'

interface Props {
  trade: Trade | undefined
  digits: (symbol: string) => number | undefined
  onClose: () => void
}

/** One trade, all that is known of it. */
export function TradeDrawer({ trade, digits, onClose }: Props) {
  return (
    <Dialog
      kind="drawer"
      isOpen={trade !== undefined}
      onClose={onClose}
      title={trade ? `${trade.symbol} #${trade.positionId}` : 'Trade'}
    >
      {trade && <Details trade={trade} digits={digits(trade.symbol) ?? digitsOf([trade.entryPrice ?? 0])} />}
    </Dialog>
  )
}

function Details({ trade, digits }: { trade: Trade; digits: number }) {
  return (
    <>
      <div className="mb-4 rounded-xl border border-line bg-canvas p-4">
        <p className="text-faint text-xs">Net profit</p>
        <p className="mt-1 font-semibold text-2xl">
          <Profit hasArrow value={trade.netProfit} currency={trade.currency} />
        </p>
        <p className="mt-3 flex gap-2">
          <StateBadge look={SIDES[trade.side]} label={`${SIDES[trade.side].label} ${lots(trade.volume)}`} />
          <StateBadge look={TRADE_STATES[trade.state]} />
        </p>
      </div>
      <Facts
        facts={[
          ['Entry', price(trade.entryPrice, digits)],
          ['Entered', <Moment key="in" at={trade.enteredAt} />],
          ['Exit', price(trade.exitPrice, digits)],
          ['Closed', <Moment key="out" at={trade.exitedAt} />],
          ['Held', duration(trade.durationS)],
          ['Ended by', trade.state === 'open' ? '—' : exitWords(trade.exitReason)],
        ]}
      />
      <h3 className="mt-5 mb-1 font-semibold text-sm">How the profit is made up</h3>
      <Facts
        facts={[
          ['Price profit', <Profit key="p" value={trade.profit} currency={trade.currency} />],
          ['Commission', <Profit key="c" value={trade.commission} currency={trade.currency} />],
          ['Swap', <Profit key="s" value={trade.swap} currency={trade.currency} />],
          ['Fee', <Profit key="f" value={trade.fee} currency={trade.currency} />],
        ]}
      />
      <h3 className="mt-5 mb-1 font-semibold text-sm">Where it comes from</h3>
      <Facts
        facts={[
          ['EA', <Owner key="ea" trade={trade} />],
          ['Account', <Wallet key="a" trade={trade} />],
          ['Comment', trade.comment || '—'],
        ]}
      />
    </>
  )
}

function Owner({ trade }: { trade: Trade }) {
  if (trade.instanceId === null) return 'none of yours here'
  return (
    <Link to={`/instances/${trade.instanceId}`} className="rounded text-accent hover:underline">
      {trade.instanceName}
    </Link>
  )
}

function Wallet({ trade }: { trade: Trade }) {
  return (
    <Link to={`/accounts/${trade.accountId}`} className="rounded text-accent hover:underline">
      {trade.accountLabel}
    </Link>
  )
}
