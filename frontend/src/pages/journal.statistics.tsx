import { useQuery } from '@tanstack/react-query'
import { ChartNoAxesCombined } from 'lucide-react'
import { statistics } from '@/api/journal-queries'
import type { Statistics } from '@/api/journal-records'
import { BreakdownPanel } from '@/components/journal/breakdown-panel'
import { CurrencyChoice } from '@/components/journal/currency-choice'
import { CurvePanel } from '@/components/journal/curve-panel'
import { FigureGroups } from '@/components/journal/figure-groups'
import { hundredths } from '@/components/journal/figures'
import { RiskPanels } from '@/components/journal/risk-panels'
import { TotalsSkeleton } from '@/components/journal/totals'
import { useCurrency } from '@/components/journal/use-currency'
import { useJournal } from '@/components/journal/use-journal'
import { Loaded } from '@/components/loaded'
import { money } from '@/format/money'
import { ratio } from '@/format/percent'
import { count } from '@/format/volume'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Multiple } from '@/ui/multiple'
import { Profit } from '@/ui/profit'
import { Skeleton } from '@/ui/skeleton'
import { Stat, StatStrip } from '@/ui/stat'

export default function JournalStatisticsPage() {
  const { query } = useJournal()
  const found = useQuery(statistics(query))
  const { currency, currencies, choose } = useCurrency(found.data)
  return (
    <Loaded query={found} skeleton={<Waiting />}>
      {rows => {
        const all = rows.find(row => row.currency === currency)
        if (!all || all.trades === 0) return <Nothing />
        return (
          <div className="space-y-4">
            <CurrencyChoice currencies={currencies} value={currency} onChange={choose} />
            <Headline all={all} />
            <CurvePanel currency={currency} />
            <BreakdownPanel currency={currency} />
            <RiskPanels currency={currency} />
            <FigureGroups all={all} />
          </div>
        )
      }}
    </Loaded>
  )
}

function Headline({ all }: { all: Statistics }) {
  const { currency } = all
  return (
    <StatStrip>
      <Stat
        label={`Net profit, ${currency}`}
        value={<Profit hasArrow value={all.netProfit} currency={currency} />}
        note={`${hundredths(all.growthPercent)} growth`}
      />
      <Stat
        label="Won"
        value={hundredths(all.profitTradesPercent)}
        note={`${count(all.profitTrades)} of ${count(all.trades)} trades`}
      />
      <Stat label="Profit factor" value={ratio(all.profitFactor)} note="won ÷ lost" />
      <Stat
        label="Expected payoff"
        value={<Profit value={all.expectedPayoff} currency={currency} />}
        note={
          <>
            <Multiple value={all.expectancyR} /> a trade
          </>
        }
      />
      <Stat
        label="Deepest drawdown"
        value={hundredths(all.balanceDrawdownRelativePercent)}
        note={money(all.balanceDrawdownMaximal, currency)}
      />
      <Stat label="Sharpe" value={ratio(all.sharpeRatio)} note={`Sortino ${ratio(all.sortinoRatio)}`} />
    </StatStrip>
  )
}

function Waiting() {
  return (
    <div className="space-y-4">
      <TotalsSkeleton />
      <Skeleton className="h-110 w-full rounded-xl" />
      <Skeleton className="h-80 w-full rounded-xl" />
    </div>
  )
}

function Nothing() {
  return (
    <Card>
      <EmptyState icon={ChartNoAxesCombined} title="Nothing to reckon yet">
        Statistics need trades that are closed. If there are some, a filter hides them.
      </EmptyState>
    </Card>
  )
}
