import type { Candle } from '../src/api/records.ts'
import { SYMBOLS } from './catalogue.ts'

const START: Record<string, number> = { EURUSD: 1.0852, GBPUSD: 1.2718, USDJPY: 156.4, XAUUSD: 2384.5 }
const BARS = 500
const MINUTE = 60

/** The same numbers each time: a screenshot of today can be compared with yesterday's. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return state / 4_294_967_296
  }
}

const random = seeded(7)
/** Roughly normal, mean 0, deviation 1. */
export const noise = () => (random() + random() + random() + random() - 2) * 1.73

function firstBars(symbol: string, now: number): Candle[] {
  let close = START[symbol] ?? 1
  const step = close * 0.00009
  const first = Math.floor(now / 1000 / MINUTE) * MINUTE - (BARS - 1) * MINUTE
  return Array.from({ length: BARS }, (_, index) => {
    const open = close
    const drift = Math.sin(index / 40) * step * 0.5
    close = open + noise() * step + drift
    const high = Math.max(open, close) + Math.abs(noise()) * step * 0.6
    const low = Math.min(open, close) - Math.abs(noise()) * step * 0.6
    return rounded(symbol, { time: first + index * MINUTE, open, high, low, close })
  })
}

function rounded(symbol: string, bar: Candle): Candle {
  const digits = SYMBOLS.find(spec => spec.name === symbol)?.digits ?? 5
  const round = (value: number) => Number(value.toFixed(digits))
  return {
    time: bar.time,
    open: round(bar.open),
    high: round(bar.high),
    low: round(bar.low),
    close: round(bar.close),
  }
}

export const bars = new Map(SYMBOLS.map(spec => [spec.name, firstBars(spec.name, Date.now())]))

export const lastPrice = (symbol: string): number => bars.get(symbol)?.at(-1)?.close ?? 1

/** Move every price by one tick and return the bars that changed. */
export function tick(now: number): { symbol: string; bar: Candle }[] {
  const time = Math.floor(now / 1000 / MINUTE) * MINUTE
  return SYMBOLS.map(({ name }) => {
    const known = bars.get(name) ?? []
    const last = known.at(-1)
    const close = lastPrice(name) * (1 + noise() * 0.000035)
    const isNew = !last || last.time < time
    const bar = isNew
      ? { time, open: last?.close ?? close, high: close, low: close, close }
      : { ...last, high: Math.max(last.high, close), low: Math.min(last.low, close), close }
    if (isNew) known.push(bar)
    else known[known.length - 1] = bar
    known.splice(0, Math.max(0, known.length - BARS))
    return { symbol: name, bar: rounded(name, bar) }
  })
}
