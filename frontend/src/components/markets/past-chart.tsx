import {
  AreaSeries,
  CandlestickSeries,
  HistogramSeries,
  type IChartApi,
  LineStyle,
  type UTCTimestamp,
} from 'lightweight-charts'
import { useEffect, useRef } from 'react'
import type { MarketBar } from '@/api/markets'
import { REGIMES } from '@/components/markets/words'
import { type ChartColours, useChart, useChartColours } from '@/ui/chart-frame'

interface Props {
  bars: readonly MarketBar[]
  digits: number
  label: string
}

const BARS_IN_SIGHT = 220
const BAND = 0.2
const VOLATILITY_HEIGHT = 110

/** Candles over the colours of their regimes, and below them how volatility stood among its own past. */
export function PastChart({ bars, digits, label }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const colours = useChartColours()
  const chart = useChart(box, colours)
  useEffect(() => {
    if (!chart || bars.length === 0) return
    const remove = [
      bands(chart, bars),
      candles(chart, bars, digits, colours),
      volatility(chart, bars, colours),
    ]
    return () => {
      for (const one of remove) one()
    }
  }, [chart, bars, digits, colours])
  useFirstSight(chart, bars.length)
  return <div ref={box} role="img" aria-label={label} className="h-128 w-full" />
}

function useFirstSight(chart: IChartApi | null, count: number): void {
  const seen = useRef<IChartApi | null>(null)
  useEffect(() => {
    if (!chart || count === 0 || seen.current === chart) return
    seen.current = chart
    chart.timeScale().setVisibleLogicalRange({ from: count - BARS_IN_SIGHT, to: count + 4 })
  }, [chart, count])
}

/** Columns of full height behind the candles. */
function bands(chart: IChartApi, bars: readonly MarketBar[]): () => void {
  const style = getComputedStyle(document.documentElement)
  const series = chart.addSeries(HistogramSeries, {
    priceScaleId: 'bands',
    base: 0,
    lastValueVisible: false,
    priceLineVisible: false,
    autoscaleInfoProvider: () => ({ priceRange: { minValue: 0, maxValue: 1 } }),
  })
  series.priceScale().applyOptions({ scaleMargins: { top: 0, bottom: 0 } })
  series.setData(
    bars.flatMap(({ time, regime }) =>
      regime
        ? [
            {
              time: time as UTCTimestamp,
              value: 1,
              color: faded(style.getPropertyValue(REGIMES[regime].colour).trim()),
            },
          ]
        : [],
    ),
  )
  return () => chart.removeSeries(series)
}

function candles(
  chart: IChartApi,
  bars: readonly MarketBar[],
  digits: number,
  { profit, loss }: ChartColours,
): () => void {
  const series = chart.addSeries(CandlestickSeries, {
    upColor: profit,
    downColor: loss,
    wickUpColor: profit,
    wickDownColor: loss,
    borderVisible: false,
    priceLineStyle: LineStyle.Dotted,
    priceFormat: { type: 'price', precision: digits, minMove: 10 ** -digits },
  })
  series.setData(bars.map(bar => ({ ...bar, time: bar.time as UTCTimestamp })))
  return () => chart.removeSeries(series)
}

function volatility(chart: IChartApi, bars: readonly MarketBar[], { accent }: ChartColours): () => void {
  const series = chart.addSeries(
    AreaSeries,
    {
      lineColor: accent,
      topColor: faded(accent),
      bottomColor: 'transparent',
      lineWidth: 1,
      priceLineVisible: false,
      priceFormat: { type: 'custom', formatter: (value: number) => `${value.toFixed(0)} %`, minMove: 1 },
      autoscaleInfoProvider: () => ({ priceRange: { minValue: 0, maxValue: 100 } }),
    },
    1,
  )
  chart.panes()[1]?.setHeight(VOLATILITY_HEIGHT)
  series.setData(
    bars.flatMap(({ time, percentile }) =>
      percentile === null ? [] : [{ time: time as UTCTimestamp, value: percentile * 100 }],
    ),
  )
  return () => chart.removeSeries(series)
}

/** A colour of the theme, `#rrggbb`, of which little is seen. */
const faded = (colour: string): string =>
  /^#[0-9a-f]{6}$/i.test(colour)
    ? `${colour}${Math.round(BAND * 255)
        .toString(16)
        .padStart(2, '0')}`
    : colour
