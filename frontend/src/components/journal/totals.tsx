import type { TradeTotals } from '@/api/records'
import { money } from '@/format/money'
import { percent, ratio } from '@/format/percent'
import { count } from '@/format/volume'
import { Profit } from '@/ui/profit'
import { Skeleton } from '@/ui/skeleton'
import { Stat, StatStrip } from '@/ui/stat'

/** What all the trades that match add up to; one strip a currency, never mixed. */
export function Totals({ totals }: { totals: TradeTotals }) {
  const { currency } = totals
  const profit = (value: number | null) => <Profit value={value} currency={currency} />
  const costs = totals.commission + totals.swap + totals.fee
  return (
    <StatStrip className="lg:grid-cols-[repeat(7,auto)] lg:grid-flow-row">
      <Stat
        label={`Net profit, ${currency}`}
        value={<Profit hasArrow value={totals.netProfit} currency={currency} />}
        note={`${count(totals.trades)} trades${totals.open ? `, ${totals.open} open` : ''}`}
      />
      <Stat
        label="Win rate"
        value={percent(totals.winRate)}
        note={`${totals.wins} won, ${totals.losses} lost`}
      />
      <Stat label="Profit factor" value={ratio(totals.profitFactor)} note="won ÷ lost" />
      <Stat label="Average win" value={profit(totals.averageWin)} note={<>best {profit(totals.best)}</>} />
      <Stat
        label="Average loss"
        value={profit(totals.averageLoss)}
        note={<>worst {profit(totals.worst)}</>}
      />
      <Stat label="Costs" value={profit(costs)} note={`swap ${money(totals.swap, currency)}`} />
      <Stat label="Before costs" value={profit(totals.profit)} note="price profit alone" />
    </StatStrip>
  )
}

/** The strip's place while it is on its way. */
export function TotalsSkeleton() {
  return <Skeleton className="h-[5.375rem] w-full rounded-xl" />
}
