import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ChartCandlestick, LoaderCircle } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import { canJournal, whyNot } from '@/api/can'
import { tradeBars } from '@/api/journal-queries'
import type { Timeframe, TradeDetail } from '@/api/journal-records'
import { fetchCandles } from '@/api/journal-verbs'
import { sentenceOf } from '@/api/problem'
import { levelsOfTrade, marksOfDeals, pathOfTrade } from '@/components/journal/trade-chart-marks'
import { Loaded } from '@/components/loaded'
import { useMe } from '@/components/session'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'
import { type Bar, CandleChart } from '@/ui/candle-chart'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Segmented } from '@/ui/segmented'
import { Skeleton } from '@/ui/skeleton'

const HEIGHT = 'h-80 sm:h-[26rem]'
const TIMEFRAMES = [
  { value: 'auto', label: 'Auto' },
  { value: '1m', label: '1m' },
  { value: '5m', label: '5m' },
  { value: '15m', label: '15m' },
  { value: '1h', label: '1h' },
] as const satisfies readonly { value: Timeframe; label: string }[]

/** The price from two hours before the entry to two hours after the exit, with what was done in it. */
export function TradeChart({ trade, digits }: { trade: TradeDetail; digits: number }) {
  const [timeframe, setTimeframe] = useState<Timeframe>('auto')
  const query = useQuery(tradeBars(trade.id, timeframe))
  const cache = useQueryClient()
  // They were asked for and have come: what was read before is the answer of a time without them.
  const { id, candlesState } = trade
  useEffect(() => {
    if (candlesState === 'stored') void cache.invalidateQueries({ queryKey: ['bars', id] })
  }, [cache, id, candlesState])
  const isFound = (query.data?.candles.length ?? 0) > 0
  return (
    <Card
      title={trade.symbol}
      hint={isFound && timeframe === 'auto' ? query.data?.timeframe : undefined}
      bodyClassName="px-2 pb-2"
      actions={
        isFound && (
          <Segmented label="Timeframe" options={TIMEFRAMES} value={timeframe} onChange={setTimeframe} />
        )
      }
    >
      <Loaded query={query} skeleton={<Skeleton className={HEIGHT} />}>
        {data =>
          data.candles.length === 0 ? (
            <NoCandles trade={trade} />
          ) : (
            <Drawn key={data.timeframe} trade={trade} bars={data.candles} digits={digits} />
          )
        }
      </Loaded>
    </Card>
  )
}

function Drawn({ trade, bars, digits }: { trade: TradeDetail; bars: Bar[]; digits: number }) {
  const marks = useMemo(() => marksOfDeals(trade, bars), [trade, bars])
  const levels = useMemo(() => levelsOfTrade(trade), [trade])
  const path = useMemo(() => pathOfTrade(trade, bars), [trade, bars])
  return (
    <CandleChart
      isWhole
      bars={bars}
      marks={marks}
      levels={levels}
      path={path}
      digits={digits}
      label={`Price of ${trade.symbol} around this trade, with its entry, exit and stops`}
      className={HEIGHT}
    />
  )
}

function NoCandles({ trade }: { trade: TradeDetail }) {
  const cache = useQueryClient()
  const refused = whyNot(canJournal('fetchCandles', useMe()))
  const verb = useMutation({
    mutationFn: () => fetchCandles(trade.id),
    onSuccess: () => cache.invalidateQueries({ queryKey: ['trades', 'one', trade.id] }),
  })
  if (trade.candlesState === 'asked') {
    return (
      <EmptyState icon={LoaderCircle} title="The terminal is fetching the prices" className={HEIGHT}>
        They appear here by themselves. Without a connected terminal it waits until one is back.
      </EmptyState>
    )
  }
  return (
    <EmptyState
      icon={ChartCandlestick}
      title={trade.candlesState === 'missing' ? 'The terminal has no prices of this time' : 'No prices yet'}
      className={HEIGHT}
      actions={
        <Button
          variant="primary"
          isBusy={verb.isPending}
          disabledReason={refused}
          onClick={() => verb.mutate()}
        >
          {trade.candlesState === 'missing' ? 'Ask again' : 'Fetch prices'}
        </Button>
      }
    >
      {trade.candlesState === 'wanted'
        ? 'They are fetched by themselves soon after a trade closes; you can ask for them now.'
        : 'The account’s terminal can fetch them, from two hours before the entry to two hours after the exit.'}
      {verb.error && (
        <Callout tone="loss" className="mt-3 text-left">
          {sentenceOf(verb.error)}
        </Callout>
      )}
    </EmptyState>
  )
}
