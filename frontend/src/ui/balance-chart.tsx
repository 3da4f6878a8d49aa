import {
  AreaSeries,
  BaselineSeries,
  createSeriesMarkers,
  type IChartApi,
  type ISeriesApi,
  LineType,
  type UTCTimestamp,
} from 'lightweight-charts'
import { useEffect, useRef, useState } from 'react'
import { axisMoney, signedMoney } from '@/format/money'
import { percent } from '@/format/percent'
import { type ChartColours, useChart, useChartColours } from '@/ui/chart-frame'
import { cx } from '@/ui/cx'

export interface BalanceDot {
  /** Epoch seconds, rising. */
  time: number
  balance: number
  /** 0 to 1. */
  drawdown: number
}

/** Money that came or went. */
export interface CashMark {
  time: number
  amount: number
}

interface Props {
  dots: readonly BalanceDot[]
  cash: readonly CashMark[]
  currency: string
  label: string
  className?: string
}

/** More marks than this hide the line; then only their sum moves it. */
const MOST_MARKS = 60
const DRAWDOWN_SHARE = 0.32
const LEFT_SHARE = 0.04

interface Curves {
  balance: ISeriesApi<'Area'>
  drawdown: ISeriesApi<'Baseline'>
}

/** The balance with what came and went marked on it; beneath, how far it stood below its peak. */
export function BalanceChart({ dots, cash, currency, label, className }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const colours = useChartColours()
  const chart = useChart(box, colours)
  const curves = useCurves(chart, colours, currency)
  useEffect(() => {
    if (!chart || !curves) return
    const bySecond = [...new Map(dots.map(dot => [dot.time, dot])).values()]
    curves.balance.setData(bySecond.map(dot => ({ time: dot.time as UTCTimestamp, value: dot.balance })))
    curves.drawdown.setData(bySecond.map(dot => ({ time: dot.time as UTCTimestamp, value: -dot.drawdown })))
    // Room at the left for what is said of the first deposit.
    const room = Math.max(1, bySecond.length * LEFT_SHARE)
    chart.timeScale().setVisibleLogicalRange({ from: -room, to: bySecond.length + room / 2 })
  }, [chart, curves, dots])
  useCash(curves, cash, dots, currency, colours)
  return <div ref={box} role="img" aria-label={label} className={cx('h-80 w-full', className)} />
}

function useCurves(chart: IChartApi | null, colours: ChartColours, currency: string): Curves | null {
  const [curves, setCurves] = useState<Curves | null>(null)
  useEffect(() => {
    if (!chart) return
    const common = { priceLineVisible: false, lineType: LineType.Simple }
    const balance = chart.addSeries(AreaSeries, { ...common, lineWidth: 2 })
    const drawdown = chart.addSeries(BaselineSeries, { ...common, lineWidth: 1, lastValueVisible: false }, 1)
    chart.panes()[0]?.setStretchFactor(1 - DRAWDOWN_SHARE)
    chart.panes()[1]?.setStretchFactor(DRAWDOWN_SHARE)
    setCurves({ balance, drawdown })
    return () => setCurves(null)
  }, [chart])
  useEffect(() => {
    curves?.balance.applyOptions({
      lineColor: colours.accent,
      topColor: `${colours.accent}30`,
      bottomColor: `${colours.accent}00`,
      priceFormat: {
        type: 'custom',
        minMove: 1,
        formatter: (value: number) => axisMoney(Math.round(value), currency, false),
      },
    })
    curves?.drawdown.applyOptions({
      baseValue: { type: 'price', price: 0 },
      bottomLineColor: colours.loss,
      bottomFillColor1: `${colours.loss}08`,
      bottomFillColor2: `${colours.loss}40`,
      topLineColor: 'transparent',
      topFillColor1: 'transparent',
      topFillColor2: 'transparent',
      priceFormat: { type: 'custom', minMove: 0.001, formatter: (value: number) => percent(value) },
    })
    if (curves) {
      curves.drawdown.priceScale().applyOptions({ scaleMargins: { top: 0.08, bottom: 0.06 } })
    }
  }, [curves, colours, currency])
  return curves
}

function useCash(
  curves: Curves | null,
  cash: readonly CashMark[],
  dots: readonly BalanceDot[],
  currency: string,
  colours: ChartColours,
): void {
  useEffect(() => {
    if (!curves) return
    const shown = atDots(cash, dots)
    const marks = (shown.length <= MOST_MARKS ? shown : []).map(flow => ({
      time: flow.time as UTCTimestamp,
      position: flow.amount >= 0 ? ('belowBar' as const) : ('aboveBar' as const),
      shape: flow.amount >= 0 ? ('arrowUp' as const) : ('arrowDown' as const),
      color: colours.faint,
      text: signedMoney(flow.amount, currency).replace(/\.\d\d$/, ''),
      size: 0.7,
    }))
    const plugin = createSeriesMarkers(curves.balance, marks)
    return () => plugin.detach()
  }, [curves, cash, dots, currency, colours])
}

/** What came or went before the same point of the curve is one mark. */
function atDots(cash: readonly CashMark[], dots: readonly BalanceDot[]): CashMark[] {
  const sums = new Map<number, number>()
  for (const flow of cash) {
    const time = dots.find(dot => dot.time >= flow.time)?.time ?? dots.at(-1)?.time ?? 0
    sums.set(time, (sums.get(time) ?? 0) + flow.amount)
  }
  return [...sums].map(([time, amount]) => ({ time, amount })).sort((a, b) => a.time - b.time)
}
