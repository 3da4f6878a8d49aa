import { useMemo } from 'react'
import type { TestReport } from '@/api/test-report'
import { rising, wallTime } from '@/components/backtest/clock'
import { direction } from '@/format/money'
import { percent } from '@/format/percent'
import { CandleChart, type TradeMark } from '@/ui/candle-chart'
import { Card } from '@/ui/card'
import { EquityChart } from '@/ui/equity-chart'
import { LinesChart } from '@/ui/lines-chart'

const CLOCK = 'times are the server’s'
/** More marks than this would hide the prices. */
const MOST_MARKS = 400

export function EquityCard({ report }: { report: TestReport }) {
  const dots = useMemo(
    () => rising(report.curve.map(([msc, balance, equity]) => ({ time: wallTime(msc), balance, equity }))),
    [report],
  )
  const falls = useMemo(() => [{ key: 'drawdown', colour: 3, dots: drawdowns(report) }], [report])
  return (
    <Card title="Equity" hint={`dashed: balance; ${CLOCK}`} bodyClassName="px-2 pb-2">
      <EquityChart
        dots={dots}
        currency={report.currency}
        label="Equity and balance"
        className="h-64 sm:h-80"
      />
      <p className="px-2 pt-3 pb-1 text-faint text-xs">
        Drawdown: how far equity was below its highest before, by the worst price within each bar
      </p>
      <LinesChart lines={falls} format={share} label="Drawdown of equity" className="h-28" />
    </Card>
  )
}

const share = (value: number): string => percent(value, 1)

/** How far the worst equity of each step was below the highest before, as a share: 0 or below. */
export function drawdowns(report: TestReport): { time: number; value: number }[] {
  let peak = report.curve[0]?.[2] ?? 0
  const found = report.curve.map(([msc, , equity, low]) => {
    const value = peak > 0 ? Math.min(0, low / peak - 1) : 0
    peak = Math.max(peak, equity)
    return { time: wallTime(msc), value }
  })
  return rising(found)
}

export function PriceCard({ report }: { report: TestReport }) {
  const bars = useMemo(() => barsOf(report), [report])
  const marks = useMemo(() => marksOf(report), [report])
  if (bars.length === 0) return null
  const isCut = report.trades.length * 2 > MOST_MARKS
  return (
    <Card
      title={`${report.bars?.symbol} with its trades`}
      hint={isCut ? `the last ${MOST_MARKS / 2} trades; ${CLOCK}` : CLOCK}
      bodyClassName="px-2 pb-2"
    >
      <CandleChart
        isWhole
        bars={bars}
        marks={marks}
        levels={[]}
        digits={report.bars?.digits ?? 5}
        label="Prices with entries and exits"
      />
    </Card>
  )
}

function barsOf({ bars }: TestReport) {
  if (!bars) return []
  return rising(
    bars.times.map((time, place) => ({
      time: wallTime(time * 1000),
      open: bars.open[place] ?? 0,
      high: bars.high[place] ?? 0,
      low: bars.low[place] ?? 0,
      close: bars.close[place] ?? 0,
    })),
  )
}

/** Entries and exits, on the bars in which they happened. */
export function marksOf({ bars, trades }: TestReport): TradeMark[] {
  if (!bars) return []
  const onBar = (msc: number) => {
    const seconds = Math.floor(msc / 1000)
    return wallTime((seconds - (seconds % bars.periodS)) * 1000)
  }
  const marks = trades.slice(-MOST_MARKS / 2).flatMap(trade => {
    const entered: TradeMark[] =
      trade.enteredMsc === null ? [] : [{ time: onBar(trade.enteredMsc), kind: trade.side, text: '' }]
    if (trade.exitedMsc === null) return entered
    const isGain = direction(trade.net) !== 'down'
    return [...entered, { time: onBar(trade.exitedMsc), kind: isGain ? 'gain' : 'loss', text: '' } as const]
  })
  return marks
}
