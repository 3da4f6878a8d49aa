import type { TestFigures } from '@/api/test-report'
import { FIGURE_GROUPS, hundredths } from '@/components/backtest/figure-groups'
import { money } from '@/format/money'
import { ratio } from '@/format/percent'
import { count } from '@/format/volume'
import { Card } from '@/ui/card'
import { Facts } from '@/ui/facts'
import { Profit } from '@/ui/profit'
import { Stat, StatStrip } from '@/ui/stat'

interface Props {
  all: TestFigures
  currency: string
}

export function FigureStrip({ all, currency }: Props) {
  return (
    <StatStrip>
      <Stat
        label="Net profit"
        value={<Profit hasArrow value={all.totalNetProfit} currency={currency} />}
        note={hundredths(all.returnPercent)}
      />
      <Stat
        label="Equity drawdown"
        value={hundredths(all.equityDrawdown.maximalPercent)}
        note={money(all.equityDrawdown.maximal, currency)}
      />
      <Stat label="Profit factor" value={ratio(all.profitFactor)} />
      <Stat
        label="Trades"
        value={count(all.totalTrades)}
        note={`${hundredths(all.profitTradesPercent)} won`}
      />
      <Stat label="Sharpe ratio" value={ratio(all.sharpeRatio)} />
    </StatStrip>
  )
}

export function FigureCards({ all, currency }: Props) {
  return (
    <div className="grid grid-cols-1 items-start gap-5 lg:grid-cols-3">
      {FIGURE_GROUPS.map(group => (
        <Card key={group.title} title={group.title}>
          <Facts facts={group.figures.map(figure => [figure.name, figure.show(all, currency)] as const)} />
        </Card>
      ))}
    </div>
  )
}
