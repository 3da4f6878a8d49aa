import {
  type AutoscaleInfo,
  CandlestickSeries,
  createSeriesMarkers,
  type IChartApi,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  LineSeries,
  LineStyle,
  type SeriesMarker,
  type Time,
  type UTCTimestamp,
} from 'lightweight-charts'
import { useEffect, useRef, useState } from 'react'
import { type ChartColours, useChart, useChartColours } from '@/ui/chart-frame'
import { cx } from '@/ui/cx'

export interface Bar {
  time: number
  open: number
  high: number
  low: number
  close: number
}

/** A trade's entry or exit, placed on the bar in which it happened. */
export interface TradeMark {
  time: number
  kind: 'buy' | 'sell' | 'gain' | 'loss'
  text: string
}

/** A horizontal line: entry, stop, target; the worst and the best price that a trade saw. */
export interface PriceLevel {
  price: number
  kind: 'entry' | 'exit' | 'stop' | 'target' | 'worst' | 'best'
  text: string
}

/** The straight line from a trade's entry to its exit; times are those of bars. */
export interface TradePath {
  from: { time: number; price: number }
  to: { time: number; price: number }
  isGain: boolean
}

interface Props {
  bars: readonly Bar[]
  marks: readonly TradeMark[]
  levels: readonly PriceLevel[]
  digits: number
  label: string
  path?: TradePath | undefined
  /** All bars in sight at once, instead of the newest. */
  isWhole?: boolean
  className?: string
}

type Candles = ISeriesApi<'Candlestick'>
const BARS_IN_SIGHT = 140

export function CandleChart({ bars, marks, levels, digits, label, path, isWhole, className }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const colours = useChartColours()
  const chart = useChart(box, colours)
  const candles = useCandles(chart, colours, digits, isWhole ?? false)
  useBars(chart, candles, bars, isWhole ?? false)
  usePath(chart, path, colours)
  useMarks(candles, marks, colours)
  useLevels(candles, levels, colours)
  return <div ref={box} role="img" aria-label={label} className={cx('h-96 w-full', className)} />
}

function useCandles(
  chart: IChartApi | null,
  colours: ChartColours,
  digits: number,
  isWhole: boolean,
): Candles | null {
  const [candles, setCandles] = useState<Candles | null>(null)
  useEffect(() => {
    if (!chart) return
    setCandles(chart.addSeries(CandlestickSeries, { priceLineStyle: LineStyle.Dotted, borderVisible: false }))
    return () => setCandles(null)
  }, [chart])
  useEffect(() => {
    const { profit: upColor, loss: downColor } = colours
    candles?.applyOptions({
      upColor,
      downColor,
      wickUpColor: upColor,
      wickDownColor: downColor,
      priceFormat: { type: 'price', precision: digits, minMove: 10 ** -digits },
      // What is over has no price now.
      lastValueVisible: !isWhole,
      priceLineVisible: !isWhole,
    })
  }, [candles, colours, digits, isWhole])
  return candles
}

function useBars(
  chart: IChartApi | null,
  candles: Candles | null,
  bars: readonly Bar[],
  isWhole: boolean,
): void {
  const shown = useRef<{ candles: Candles | null; last: number; count: number }>({
    candles: null,
    last: 0,
    count: 0,
  })
  useEffect(() => {
    const last = bars.at(-1)
    if (!chart || !candles || !last) return
    const { candles: drawn, last: seen, count } = shown.current
    const isNext = bars.at(-2)?.time === seen && bars.length - count <= 1
    if (drawn === candles && (last.time === seen || isNext)) candles.update(pointOf(last))
    else {
      candles.setData(bars.map(pointOf))
      if (isWhole) chart.timeScale().fitContent()
      else if (drawn !== candles) {
        const range = { from: bars.length - BARS_IN_SIGHT, to: bars.length + 4 }
        chart.timeScale().setVisibleLogicalRange(range)
      }
    }
    shown.current = { candles, last: last.time, count: bars.length }
  }, [chart, candles, bars, isWhole])
}

function usePath(chart: IChartApi | null, path: TradePath | undefined, colours: ChartColours): void {
  useEffect(() => {
    if (!chart || !path || path.from.time >= path.to.time) return
    const line = chart.addSeries(LineSeries, {
      color: path.isGain ? colours.profit : colours.loss,
      lineWidth: 2,
      lineStyle: LineStyle.Dotted,
      lastValueVisible: false,
      priceLineVisible: false,
      crosshairMarkerVisible: false,
    })
    line.setData(
      [path.from, path.to].map(({ time, price }) => ({ time: time as UTCTimestamp, value: price })),
    )
    return () => chart.removeSeries(line)
  }, [chart, path, colours])
}

function useMarks(candles: Candles | null, marks: readonly TradeMark[], colours: ChartColours): void {
  const plugin = useRef<{ on: Candles; api: ISeriesMarkersPluginApi<Time> } | null>(null)
  useEffect(() => {
    if (!candles) return
    if (plugin.current?.on !== candles) {
      plugin.current = { on: candles, api: createSeriesMarkers(candles, []) }
    }
    const sorted = [...marks].sort((a, b) => a.time - b.time)
    plugin.current.api.setMarkers(sorted.map(mark => markOf(mark, colours)))
  }, [candles, marks, colours])
}

function useLevels(candles: Candles | null, levels: readonly PriceLevel[], colours: ChartColours): void {
  useEffect(() => {
    if (!candles) return
    const paint = {
      entry: colours.accent,
      exit: colours.muted,
      stop: colours.loss,
      target: colours.profit,
      worst: colours.loss,
      best: colours.profit,
    }
    const style = {
      entry: LineStyle.Solid,
      exit: LineStyle.Solid,
      worst: LineStyle.Dotted,
      best: LineStyle.Dotted,
    }
    const lines = levels.map(level =>
      candles.createPriceLine({
        price: level.price,
        color: paint[level.kind],
        lineWidth: 1,
        lineStyle: level.kind === 'stop' || level.kind === 'target' ? LineStyle.Dashed : style[level.kind],
        title: level.text,
        axisLabelVisible: true,
      }),
    )
    candles.applyOptions({ autoscaleInfoProvider: scaleWith(levels) })
    return () => {
      for (const line of lines) candles.removePriceLine(line)
    }
  }, [candles, levels, colours])
}

/** Make room for the lines too, as long as they don't squeeze the bars into less than half of the height. */
function scaleWith(levels: readonly PriceLevel[]) {
  return (own: () => AutoscaleInfo | null): AutoscaleInfo | null => {
    const info = own()
    const range = info?.priceRange
    if (!info || !range) return info
    const room = (range.maxValue - range.minValue) / 2
    const near = levels
      .map(level => level.price)
      .filter(price => price > range.minValue - room && price < range.maxValue + room)
    return {
      ...info,
      priceRange: {
        minValue: Math.min(range.minValue, ...near),
        maxValue: Math.max(range.maxValue, ...near),
      },
    }
  }
}

function markOf(mark: TradeMark, colours: ChartColours): SeriesMarker<Time> {
  const time = mark.time as UTCTimestamp
  const isEntry = mark.kind === 'buy' || mark.kind === 'sell'
  if (isEntry) {
    const isBuy = mark.kind === 'buy'
    return {
      time,
      position: isBuy ? 'belowBar' : 'aboveBar',
      shape: isBuy ? 'arrowUp' : 'arrowDown',
      color: colours.accent,
      text: mark.text,
    }
  }
  return {
    time,
    position: 'inBar',
    shape: 'circle',
    size: 0.8,
    color: mark.kind === 'gain' ? colours.profit : colours.loss,
    text: mark.text,
  }
}

const pointOf = ({ time, open, high, low, close }: Bar) => ({
  time: time as UTCTimestamp,
  open,
  high,
  low,
  close,
})
