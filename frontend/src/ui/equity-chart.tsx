import {
  AreaSeries,
  type AutoscaleInfo,
  type IChartApi,
  type ISeriesApi,
  LineSeries,
  LineStyle,
  LineType,
  type UTCTimestamp,
} from 'lightweight-charts'
import { useEffect, useRef, useState } from 'react'
import { axisMoney } from '@/format/money'
import { type ChartColours, useChart, useChartColours } from '@/ui/chart-frame'
import { cx } from '@/ui/cx'

export interface EquityDot {
  /** Epoch seconds. */
  time: number
  equity: number
  balance: number
}

interface Props {
  dots: readonly EquityDot[]
  currency: string
  label: string
  className?: string
}

/** Within less money than this, cents tell the axis' lines apart. */
const FINE = 10
/** A curve that hardly moves is shown as such: the axis spans at least this share of the equity. */
const SMALLEST_SPAN = 0.001

interface Curves {
  equity: ISeriesApi<'Area'>
  balance: ISeriesApi<'Line'>
}

/** Equity as an area, balance as a dashed step beneath it; new points join at the right. */
export function EquityChart({ dots, currency, label, className }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const colours = useChartColours()
  const chart = useChart(box, colours, 0)
  const isFine = spanOf(dots) < FINE
  const curves = useCurves(chart, colours, currency, isFine)
  const shown = useRef<{ curves: Curves | null; dots: readonly EquityDot[] }>({ curves: null, dots: [] })
  useEffect(() => {
    if (!chart || !curves) return
    const isGrown = shown.current.curves === curves && isContinued(shown.current.dots, dots)
    if (isGrown) for (const dot of dots.slice(-1)) draw(curves, dot)
    else drawAll(chart, curves, dots)
    shown.current = { curves, dots }
  }, [chart, curves, dots])
  return <div ref={box} role="img" aria-label={label} className={cx('h-64 w-full', className)} />
}

function useCurves(
  chart: IChartApi | null,
  colours: ChartColours,
  currency: string,
  isFine: boolean,
): Curves | null {
  const [curves, setCurves] = useState<Curves | null>(null)
  useEffect(() => {
    if (!chart) return
    const common = { autoscaleInfoProvider: widened, lastValueVisible: false, priceLineVisible: false }
    setCurves({
      equity: chart.addSeries(AreaSeries, { ...common, lineWidth: 2, lastValueVisible: true }),
      balance: chart.addSeries(LineSeries, {
        ...common,
        lineWidth: 1,
        lineStyle: LineStyle.Dashed,
        lineType: LineType.WithSteps,
        crosshairMarkerVisible: false,
      }),
    })
    return () => setCurves(null)
  }, [chart])
  useEffect(() => {
    const priceFormat = {
      type: 'custom' as const,
      minMove: isFine ? 0.01 : 1,
      formatter: (value: number) => axisMoney(value, currency, isFine),
    }
    curves?.equity.applyOptions({ priceFormat })
    curves?.balance.applyOptions({ priceFormat })
  }, [curves, currency, isFine])
  useEffect(() => {
    curves?.equity.applyOptions({
      lineColor: colours.accent,
      topColor: `${colours.accent}38`,
      bottomColor: `${colours.accent}00`,
    })
    curves?.balance.applyOptions({ color: colours.faint })
  }, [curves, colours])
  return curves
}

/** How much money the axis spans. */
function spanOf(dots: readonly EquityDot[]): number {
  const values = dots.flatMap(dot => [dot.equity, dot.balance])
  const highest = Math.max(...values)
  return Math.max(highest - Math.min(...values), highest * SMALLEST_SPAN)
}

/** Keep the axis from magnifying cents into mountains. */
function widened(own: () => AutoscaleInfo | null): AutoscaleInfo | null {
  const info = own()
  const range = info?.priceRange
  if (!info || !range) return info
  const missing = Math.max(0, range.maxValue * SMALLEST_SPAN - (range.maxValue - range.minValue))
  return {
    ...info,
    priceRange: { minValue: range.minValue - missing / 2, maxValue: range.maxValue + missing / 2 },
  }
}

/** Whether only points were added at the end, and not more than one. */
function isContinued(before: readonly EquityDot[], after: readonly EquityDot[]): boolean {
  const last = before.at(-1)
  if (last === undefined || before[0]?.time !== after[0]?.time) return false
  return after.at(-1)?.time === last.time || after.at(-2)?.time === last.time
}

function drawAll(chart: IChartApi, curves: Curves, dots: readonly EquityDot[]): void {
  const rows = oneASecond(dots)
  curves.equity.setData(rows.map(dot => ({ time: dot.time as UTCTimestamp, value: dot.equity })))
  curves.balance.setData(rows.map(dot => ({ time: dot.time as UTCTimestamp, value: dot.balance })))
  chart.timeScale().fitContent()
}

function draw(curves: Curves, dot: EquityDot): void {
  curves.equity.update({ time: dot.time as UTCTimestamp, value: dot.equity })
  curves.balance.update({ time: dot.time as UTCTimestamp, value: dot.balance })
}

/** The library wants strictly rising times; of two in one second the later stands. */
function oneASecond(dots: readonly EquityDot[]): EquityDot[] {
  const bySecond = new Map(dots.map(dot => [dot.time, dot]))
  return [...bySecond.values()].sort((a, b) => a.time - b.time)
}
