import { useQuery } from '@tanstack/react-query'
import { ChartLine } from 'lucide-react'
import { useMemo } from 'react'
import { balanceCurves } from '@/api/journal-queries'
import type { Curve } from '@/api/journal-records'
import { useJournal } from '@/components/journal/use-journal'
import { Loaded } from '@/components/loaded'
import { BalanceChart } from '@/ui/balance-chart'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Skeleton } from '@/ui/skeleton'

const HEIGHT = 'h-80 sm:h-96'

/** The balance over time with what came and went, and how far it stood below its peak. */
export function CurvePanel({ currency }: { currency: string }) {
  const { query } = useJournal()
  const found = useQuery(balanceCurves(query))
  const curve = found.data?.find(row => row.currency === currency)
  return (
    <Card
      title={curve?.of === 'trades' ? 'What these trades added up to' : 'Balance'}
      hint={curve?.of === 'balance' ? 'arrows: deposits and withdrawals; below: drawdown' : 'below: drawdown'}
      bodyClassName="px-2 pb-2"
    >
      <Loaded query={found} skeleton={<Skeleton className={HEIGHT} />}>
        {() =>
          curve && curve.points.length > 1 ? (
            <Drawn curve={curve} />
          ) : (
            <EmptyState icon={ChartLine} title="No curve yet" className={HEIGHT}>
              It begins with the second trade that closes.
            </EmptyState>
          )
        }
      </Loaded>
    </Card>
  )
}

const secondsOf = (at: string): number => Math.floor(Date.parse(at) / 1000)

function Drawn({ curve }: { curve: Curve }) {
  const dots = useMemo(
    () => curve.points.map(({ at, balance, drawdown }) => ({ time: secondsOf(at), balance, drawdown })),
    [curve],
  )
  const cash = useMemo(
    () => curve.cashFlows.map(({ at, amount }) => ({ time: secondsOf(at), amount })),
    [curve],
  )
  return (
    <BalanceChart
      dots={dots}
      cash={curve.of === 'balance' ? cash : []}
      currency={curve.currency}
      label={`${curve.of === 'balance' ? 'Balance' : 'Result'} and drawdown over time`}
      className={HEIGHT}
    />
  )
}
