import type { TestFigures } from '@/api/test-report'
import { duration } from '@/format/age'
import { money, signedMoney } from '@/format/money'
import { ratio } from '@/format/percent'
import { count } from '@/format/volume'

export interface Figure {
  name: string
  show: (all: TestFigures, currency: string) => string
  /** What to mark as the best of several; larger is better. */
  rank?: (all: TestFigures) => number | null
}

/** A percentage from 0 to 100. */
export const hundredths = (value: number | null): string =>
  value === null ? '—' : `${value.toFixed(2).replace('-', '−')} %`

const below = (value: number | null): number | null => (value === null ? null : -value)

/** What is asked first, of a test and of several side by side. */
export const FIGURE_GROUPS: readonly { title: string; figures: readonly Figure[] }[] = [
  {
    title: 'Result',
    figures: [
      {
        name: 'Net profit',
        show: (all, c) => signedMoney(all.totalNetProfit, c),
        rank: all => all.totalNetProfit,
      },
      { name: 'Return', show: all => hundredths(all.returnPercent), rank: all => all.returnPercent },
      {
        name: 'Return a year',
        show: all => hundredths(all.annualReturnPercent),
        rank: all => all.annualReturnPercent,
      },
      { name: 'Gross profit', show: (all, c) => signedMoney(all.grossProfit, c) },
      { name: 'Gross loss', show: (all, c) => signedMoney(all.grossLoss, c) },
      { name: 'Profit factor', show: all => ratio(all.profitFactor), rank: all => all.profitFactor },
      {
        name: 'Expected payoff',
        show: (all, c) => signedMoney(all.expectedPayoff, c),
        rank: all => all.expectedPayoff,
      },
      { name: 'Commission', show: (all, c) => signedMoney(all.commission, c) },
      { name: 'Swap', show: (all, c) => signedMoney(all.swap, c) },
    ],
  },
  {
    title: 'Risk',
    figures: [
      {
        name: 'Equity drawdown',
        show: (all, c) =>
          `${money(all.equityDrawdown.maximal, c)} (${hundredths(all.equityDrawdown.maximalPercent)})`,
        rank: all => below(all.equityDrawdown.maximalPercent),
      },
      {
        name: 'Balance drawdown',
        show: (all, c) =>
          `${money(all.balanceDrawdown.maximal, c)} (${hundredths(all.balanceDrawdown.maximalPercent)})`,
        rank: all => below(all.balanceDrawdown.maximalPercent),
      },
      { name: 'Recovery factor', show: all => ratio(all.recoveryFactor), rank: all => all.recoveryFactor },
      { name: 'Sharpe ratio', show: all => ratio(all.sharpeRatio), rank: all => all.sharpeRatio },
      {
        name: 'Sharpe ratio a year',
        show: all => ratio(all.annualSharpeRatio),
        rank: all => all.annualSharpeRatio,
      },
      { name: 'Sortino ratio', show: all => ratio(all.sortinoRatio), rank: all => all.sortinoRatio },
      { name: 'Lowest margin level', show: all => hundredths(all.minimalMarginLevelPercent) },
      { name: 'Time in the market', show: all => hundredths(all.exposurePercent) },
    ],
  },
  {
    title: 'Trades',
    figures: [
      { name: 'Trades', show: all => count(all.totalTrades) },
      { name: 'Won', show: all => `${count(all.profitTrades)} (${hundredths(all.profitTradesPercent)})` },
      { name: 'Long, won', show: all => `${count(all.longTrades)} (${hundredths(all.longWonPercent)})` },
      { name: 'Short, won', show: all => `${count(all.shortTrades)} (${hundredths(all.shortWonPercent)})` },
      { name: 'Largest profit', show: (all, c) => signedMoney(all.largestProfit, c) },
      { name: 'Largest loss', show: (all, c) => signedMoney(all.largestLoss, c) },
      { name: 'Most losses in a row', show: all => count(all.maxConsecutiveLosses) },
      { name: 'Average R', show: all => ratio(all.averageR), rank: all => all.averageR },
      { name: 'Held on average', show: all => duration(all.averageHoldingS) },
    ],
  },
]
