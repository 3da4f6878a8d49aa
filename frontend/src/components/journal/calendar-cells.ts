import { type DayFigure, heatOf } from '@/components/journal/calendar-layout'
import { fullDay } from '@/format/day'
import { signedMoney } from '@/format/money'
import { count } from '@/format/volume'
import type { HeatDay } from '@/ui/heat-month'

export interface CalendarFigures {
  byDay: ReadonlyMap<string, DayFigure>
  scale: number
  currency: string
  today: string
}

/** A day as its cell shows it. */
export function cellOf(day: string, { byDay, scale, currency, today }: CalendarFigures): HeatDay {
  const figure = byDay.get(day)
  const says = figure
    ? `${fullDay(day)}: ${signedMoney(figure.netProfit, currency)} in ${tradesWords(figure.trades)}`
    : `${fullDay(day)}: no trades`
  return {
    day,
    heat: figure ? heatOf(figure.netProfit, scale) : 0,
    isGain: (figure?.netProfit ?? 0) >= 0,
    hasTrades: figure !== undefined,
    isToday: day === today,
    says,
  }
}

export const tradesWords = (trades: number): string => (trades === 1 ? '1 trade' : `${count(trades)} trades`)
