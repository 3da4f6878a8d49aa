import {
  type IChartApi,
  type ISeriesApi,
  LineSeries,
  LineStyle,
  LineType,
  type UTCTimestamp,
} from 'lightweight-charts'
import { useEffect, useRef, useState } from 'react'
import { type ChartColours, useChart, useChartColours } from '@/ui/chart-frame'
import { cx } from '@/ui/cx'

export interface Line {
  key: string
  /** Which of the series' colours, from 0. */
  colour: number
  /** Dashed and in steps: what it stands for changes at once, and is looked at beside another. */
  isSteps?: boolean
  /** Epoch seconds, rising. */
  dots: readonly { time: number; value: number }[]
}

interface Props {
  lines: readonly Line[]
  /** What stands at the axis; the same function between draws. */
  format: (value: number) => string
  label: string
  /** Whether zero is always in sight: not where curves are far from it and what matters is how they change. */
  hasZero?: boolean
  className?: string
}

/** Several curves over one time, from a common zero. */
export function LinesChart({ lines, format, label, hasZero = true, className }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const colours = useChartColours()
  const chart = useChart(box, colours, 0)
  useZero(hasZero ? chart : null, lines, format, colours)
  useLines(chart, lines, format, colours)
  return <div ref={box} role="img" aria-label={label} className={cx('h-80 w-full', className)} />
}

function useLines(
  chart: IChartApi | null,
  lines: readonly Line[],
  format: (value: number) => string,
  colours: ChartColours,
): void {
  useEffect(() => {
    if (!chart) return
    const drawn = lines.map(line => {
      const series = chart.addSeries(LineSeries, {
        color: line.isSteps
          ? colours.faint
          : (colours.series[line.colour % colours.series.length] ?? colours.accent),
        lineWidth: line.isSteps ? 1 : 2,
        lineStyle: line.isSteps ? LineStyle.Dashed : LineStyle.Solid,
        lineType: line.isSteps ? LineType.WithSteps : LineType.Simple,
        priceLineVisible: false,
        lastValueVisible: !line.isSteps,
        priceFormat: { type: 'custom', minMove: 0.01, formatter: format },
      })
      const bySecond = new Map(line.dots.map(dot => [dot.time, dot.value]))
      series.setData([...bySecond].map(([time, value]) => ({ time: time as UTCTimestamp, value })))
      return series
    })
    chart.timeScale().fitContent()
    return () => {
      for (const series of drawn) chart.removeSeries(series)
    }
  }, [chart, lines, format, colours])
}

/** A line at zero tells gains from losses. */
function useZero(
  chart: IChartApi | null,
  lines: readonly Line[],
  format: (value: number) => string,
  colours: ChartColours,
): void {
  const [zero, setZero] = useState<ISeriesApi<'Line'> | null>(null)
  useEffect(() => {
    if (!chart) return
    const options = { lineVisible: false, priceLineVisible: false, lastValueVisible: false }
    setZero(chart.addSeries(LineSeries, { ...options, crosshairMarkerVisible: false }))
    return () => setZero(null)
  }, [chart])
  useEffect(() => {
    if (!zero) return
    // The first series' format is the axis' own.
    zero.applyOptions({ priceFormat: { type: 'custom', minMove: 0.01, formatter: format } })
    const times = lines.flatMap(line =>
      [line.dots[0]?.time, line.dots.at(-1)?.time].filter(time => time !== undefined),
    )
    const ends = times.length > 0 ? [...new Set([Math.min(...times), Math.max(...times)])] : []
    zero.setData(ends.map(time => ({ time: time as UTCTimestamp, value: 0 })))
    const line = zero.createPriceLine({
      price: 0,
      color: colours['line-strong'],
      lineWidth: 1,
      lineStyle: LineStyle.Solid,
      axisLabelVisible: false,
      title: '',
    })
    return () => zero.removePriceLine(line)
  }, [zero, lines, format, colours])
}
