import { Link } from 'react-router'
import type { Trade } from '@/api/records'
import { Moment } from '@/components/moment'
import { exitWords } from '@/components/trade-list'
import { duration } from '@/format/age'
import { price } from '@/format/price'
import { Facts } from '@/ui/facts'
import { Profit } from '@/ui/profit'

interface Props {
  trade: Trade
  className?: string
}

/** Where it was entered, left and protected. */
export function PriceFacts({ trade, digits, className }: Props & { digits: number }) {
  return (
    <Facts
      {...(className ? { className } : {})}
      facts={[
        ['Entry', price(trade.entryPrice, digits)],
        ['Entered', <Moment key="in" at={trade.enteredAt} />],
        ['Exit', price(trade.exitPrice, digits)],
        ['Closed', <Moment key="out" at={trade.exitedAt} />],
        ['Held', duration(trade.durationS)],
        ['Ended by', trade.state === 'open' ? '—' : exitWords(trade.exitReason)],
        ['First stop', price(trade.initialStop, digits)],
        ['Stop-loss at the end', price(trade.stopLoss, digits)],
        ['Target', price(trade.takeProfit, digits)],
        [
          'Worst moment',
          <Most key="mae" trade={trade} price={trade.mae} money={trade.maeMoney} sign={-1} digits={digits} />,
        ],
        [
          'Best moment',
          <Most key="mfe" trade={trade} price={trade.mfe} money={trade.mfeMoney} sign={1} digits={digits} />,
        ],
      ]}
    />
  )
}

interface MostProps {
  trade: Trade
  price: number | null
  money: number | null
  sign: 1 | -1
  digits: number
}

function Most({ trade, price: way, money, sign, digits }: MostProps) {
  if (way === null) return '—'
  return (
    <>
      {money !== null && <Profit value={sign * Math.abs(money)} currency={trade.currency} className="mr-2" />}
      <span className="text-faint">{price(way, digits)}</span>
    </>
  )
}

/** How the net profit is made up. */
export function MoneyFacts({ trade, className }: Props) {
  const profit = (value: number) => <Profit value={value} currency={trade.currency} />
  return (
    <Facts
      {...(className ? { className } : {})}
      facts={[
        ['Price profit', profit(trade.profit)],
        ['Commission', profit(trade.commission)],
        ['Swap', profit(trade.swap)],
        ['Fee', profit(trade.fee)],
      ]}
    />
  )
}

/** Who made it, and where. */
export function SourceFacts({ trade, className }: Props) {
  return (
    <Facts
      {...(className ? { className } : {})}
      facts={[
        ['EA', <Owner key="ea" trade={trade} />],
        [
          'Account',
          <Link key="a" to={`/accounts/${trade.accountId}`} className="rounded text-accent hover:underline">
            {trade.accountLabel}
          </Link>,
        ],
        ['Magic number', trade.magic ?? '—'],
        ['Comment', trade.comment || '—'],
      ]}
    />
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
