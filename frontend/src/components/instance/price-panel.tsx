import { useQuery } from '@tanstack/react-query'
import { ChartCandlestick } from 'lucide-react'
import { useMemo } from 'react'
import { instanceCandles, instancePositions, instanceTrades } from '@/api/queries'
import type { Candle, Instance } from '@/api/records'
import { levelsOf, marksOf } from '@/components/instance/chart-marks'
import { Loaded } from '@/components/loaded'
import { useSymbolDigits } from '@/components/symbol-digits'
import { digitsOf, price } from '@/format/price'
import { CandleChart } from '@/ui/candle-chart'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Skeleton } from '@/ui/skeleton'
import { Ticking } from '@/ui/ticking'

/** Enough for the marks of all bars that are kept. */
export const TRADES_ON_CHART = 100
const HEIGHT = 'h-72 sm:h-96'

export function PricePanel({ instance }: { instance: Instance }) {
  const candles = useQuery(instanceCandles(instance.id))
  const digits = useSymbolDigits()(instance.symbol) ?? digitsOf(candles.data?.map(bar => bar.close) ?? [])
  const last = candles.data?.at(-1)
  return (
    <Card
      title={instance.symbol}
      hint="M1"
      bodyClassName="px-2 pb-2"
      actions={
        last && (
          <Ticking value={last.close} text={price(last.close, digits)} className="font-semibold text-sm" />
        )
      }
    >
      <Loaded query={candles} skeleton={<Skeleton className={HEIGHT} />}>
        {bars =>
          bars.length === 0 ? (
            <EmptyState icon={ChartCandlestick} title="No prices yet" className={HEIGHT}>
              They arrive with its first heartbeat.
            </EmptyState>
          ) : (
            <Chart instance={instance} bars={bars} digits={digits} />
          )
        }
      </Loaded>
    </Card>
  )
}

function Chart({ instance, bars, digits }: { instance: Instance; bars: Candle[]; digits: number }) {
  const trades = useQuery(instanceTrades(instance.id, TRADES_ON_CHART)).data
  const positions = useQuery(instancePositions(instance.id)).data
  const firstBar = bars[0]?.time ?? 0
  const marks = useMemo(() => marksOf(trades ?? [], firstBar), [trades, firstBar])
  const levels = useMemo(() => levelsOf(positions ?? []), [positions])
  return (
    <CandleChart
      bars={bars}
      marks={marks}
      levels={levels}
      digits={digits}
      label={`${instance.symbol} by the minute, with this EA's trades`}
      className={HEIGHT}
    />
  )
}
