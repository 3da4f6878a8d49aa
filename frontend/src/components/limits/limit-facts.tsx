import type { AccountLimit, DailyMove } from '@/api/limits'
import { Gauge } from '@/components/limits/gauge'
import { distanceRatio, LIMITS, lotsTo } from '@/components/limits/gauges'
import { money } from '@/format/money'
import { percent } from '@/format/percent'
import { lots } from '@/format/volume'
import { Facts } from '@/ui/facts'

interface Props {
  limit: AccountLimit
  moves: readonly DailyMove[]
  currency: string
}

/** A limit's gauge, and how far its breach is: in money, in percent, in lots at a usual day's move. */
export function LimitFacts({ limit, moves, currency }: Props) {
  const known = moves.flatMap(move => {
    const size = lotsTo(limit, move)
    return size === null ? [] : [[`Lots of ${move.symbol}`, size] as const]
  })
  return (
    <section aria-label={LIMITS[limit.kind]} className="min-w-0 rounded-lg border border-line p-4">
      <h3 className="mb-2 font-medium text-ink text-sm">{LIMITS[limit.kind]}</h3>
      <Gauge limit={limit} currency={currency} />
      <Facts
        className="mt-3"
        facts={[
          ['Left', limit.left > 0 ? money(limit.left, currency) : 'none'],
          ['Of equity', percent(distanceRatio(limit), 2)],
          ...known.map(([label, size]) => [label, lots(Math.floor(size * 100) / 100)] as const),
          ['Used', `${money(Math.max(0, limit.used), currency)} of ${money(limit.limit, currency)}`],
          ['Breaks at', money(limit.floor, currency)],
        ]}
      />
    </section>
  )
}
