import type { Instance } from '@/api/records'
import { money } from '@/format/money'
import { count } from '@/format/volume'
import { Profit } from '@/ui/profit'
import { Stat, StatStrip } from '@/ui/stat'
import { Ticking } from '@/ui/ticking'

export function InstanceFigures({ instance }: { instance: Instance }) {
  const { currency } = instance
  return (
    <StatStrip>
      <Stat
        label="Account equity"
        value={<Ticking value={instance.equity} text={money(instance.equity, currency)} />}
      />
      <Stat label="Today" value={<Profit hasArrow value={instance.dayProfit} currency={currency} />} />
      <Stat label="Since its start" value={<Profit value={instance.totalProfit} currency={currency} />} />
      <Stat label="Floating" value={<Profit value={instance.floatingProfit} currency={currency} />} />
      <Stat label="Open positions" value={count(instance.openPositions)} />
      <Stat label="Trades" value={count(instance.tradeCount)} />
    </StatStrip>
  )
}
