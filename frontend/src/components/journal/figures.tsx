import type { ReactNode } from 'react'
import type { Statistics } from '@/api/journal-records'
import { duration } from '@/format/age'
import { money } from '@/format/money'
import { ratio } from '@/format/percent'
import { count, lots } from '@/format/volume'
import { Multiple } from '@/ui/multiple'
import { Profit } from '@/ui/profit'

export interface Figure {
  name: string
  /** Its definition, for whoever compares it with a broker's report. */
  says: string
  show: (all: Statistics) => ReactNode
}

/** A figure that comes as 0 to 100. */
export const hundredths = (value: number | null | undefined): string =>
  value === null || value === undefined ? '—' : `${value.toFixed(2).replace('-', '−')} %`

const profit = (key: keyof Statistics) => (all: Statistics) => (
  <Profit value={all[key] as number | null} currency={all.currency} />
)
const amount = (key: keyof Statistics) => (all: Statistics) => money(all[key] as number, all.currency)
const plain = (key: keyof Statistics) => (all: Statistics) => ratio(all[key] as number | null)
const whole = (key: keyof Statistics) => (all: Statistics) => count(all[key] as number)
const won = (trades: keyof Statistics, share: keyof Statistics) => (all: Statistics) =>
  `${count(all[trades] as number)} (${hundredths(all[share] as number | null)})`

/** Every figure under the name that MetaTrader's own report gives it, then ours. */
export const FIGURE_GROUPS: readonly { title: string; figures: readonly Figure[] }[] = [
  {
    title: 'Result',
    figures: [
      {
        name: 'Total Net Profit',
        says: 'Gross Profit and Gross Loss together, commission, swap and fee included.',
        show: profit('netProfit'),
      },
      { name: 'Gross Profit', says: 'The sum of everything that was won.', show: profit('grossProfit') },
      { name: 'Gross Loss', says: 'The sum of everything that was lost.', show: profit('grossLoss') },
      {
        name: 'Profit Factor',
        says: 'Gross Profit divided by Gross Loss. Above 1 more was won than lost.',
        show: plain('profitFactor'),
      },
      {
        name: 'Expected Payoff',
        says: 'Total Net Profit divided by Total Trades: what an average trade brings.',
        show: profit('expectedPayoff'),
      },
      {
        name: 'Expectancy',
        says: 'What a trade brings on average for each unit that it risks: win rate × average win − loss rate × average loss, in R.',
        show: all => <Multiple value={all.expectancyR} />,
      },
      {
        name: 'Average R',
        says: 'The mean of the trades’ R multiples: result divided by the distance of the first stop.',
        show: all => <Multiple value={all.averageR} />,
      },
    ],
  },
  {
    title: 'Risk',
    figures: [
      {
        name: 'Balance Drawdown Absolute',
        says: 'How far the balance fell below where it began.',
        show: amount('balanceDrawdownAbsolute'),
      },
      {
        name: 'Balance Drawdown Maximal',
        says: 'The deepest fall of the balance from a peak, in money; in brackets its share of that peak.',
        show: all =>
          `${money(all.balanceDrawdownMaximal, all.currency)} (${hundredths(all.balanceDrawdownMaximalPercent)})`,
      },
      {
        name: 'Balance Drawdown Relative',
        says: 'The deepest fall from a peak as a share of that peak; in brackets its money.',
        show: all =>
          `${hundredths(all.balanceDrawdownRelativePercent)} (${money(all.balanceDrawdownRelative, all.currency)})`,
      },
      {
        name: 'Recovery Factor',
        says: 'Total Net Profit divided by the maximal drawdown: how often it was earned back.',
        show: plain('recoveryFactor'),
      },
      {
        name: 'Sharpe Ratio',
        says: 'Mean result divided by its standard deviation: profit for each unit of scatter.',
        show: plain('sharpeRatio'),
      },
      {
        name: 'Sortino Ratio',
        says: 'As Sharpe, but only losses count as scatter.',
        show: plain('sortinoRatio'),
      },
      {
        name: 'Calmar Ratio',
        says: 'Yearly growth divided by the deepest relative drawdown.',
        show: plain('calmarRatio'),
      },
    ],
  },
  {
    title: 'Trades',
    figures: [
      {
        name: 'Total Trades',
        says: 'Closing deals, as MetaTrader counts: a position closed in two parts counts twice. Positions are counted beside.',
        show: all =>
          all.trades === all.positions
            ? count(all.trades)
            : `${count(all.trades)} (${count(all.positions)} positions)`,
      },
      {
        name: 'Short Trades (won %)',
        says: 'Sold positions, and how many of them won.',
        show: won('shortTrades', 'shortWonPercent'),
      },
      {
        name: 'Long Trades (won %)',
        says: 'Bought positions, and how many of them won.',
        show: won('longTrades', 'longWonPercent'),
      },
      {
        name: 'Profit Trades (% of total)',
        says: 'Trades that won.',
        show: won('profitTrades', 'profitTradesPercent'),
      },
      {
        name: 'Loss Trades (% of total)',
        says: 'Trades that lost.',
        show: won('lossTrades', 'lossTradesPercent'),
      },
      {
        name: 'Average Holding Time',
        says: 'From the first entry to the last exit.',
        show: all => duration(all.averageDurationS),
      },
      { name: 'Volume', says: 'Lots traded.', show: all => `${lots(all.volume)} lots` },
    ],
  },
  {
    title: 'Largest and average',
    figures: [
      { name: 'Largest profit trade', says: 'The best single result.', show: profit('largestProfit') },
      { name: 'Largest loss trade', says: 'The worst single result.', show: profit('largestLoss') },
      {
        name: 'Average profit trade',
        says: 'Gross Profit divided by the trades that won.',
        show: profit('averageProfit'),
      },
      {
        name: 'Average loss trade',
        says: 'Gross Loss divided by the trades that lost.',
        show: profit('averageLoss'),
      },
    ],
  },
  {
    title: 'Series',
    figures: [
      {
        name: 'Maximum consecutive wins ($)',
        says: 'The longest run of wins, and what it brought.',
        show: all => (
          <>
            {count(all.maxConsecutiveWins)} ({profit('maxConsecutiveWinsMoney')(all)})
          </>
        ),
      },
      {
        name: 'Maximum consecutive losses ($)',
        says: 'The longest run of losses, and what it cost.',
        show: all => (
          <>
            {count(all.maxConsecutiveLosses)} ({profit('maxConsecutiveLossesMoney')(all)})
          </>
        ),
      },
      {
        name: 'Maximal consecutive profit (count)',
        says: 'The run of wins that brought most, and how long it was.',
        show: all => (
          <>
            {profit('maximalConsecutiveProfit')(all)} ({count(all.maximalConsecutiveProfitCount)})
          </>
        ),
      },
      {
        name: 'Maximal consecutive loss (count)',
        says: 'The run of losses that cost most, and how long it was.',
        show: all => (
          <>
            {profit('maximalConsecutiveLoss')(all)} ({count(all.maximalConsecutiveLossCount)})
          </>
        ),
      },
      {
        name: 'Average consecutive wins',
        says: 'How many wins follow one another on average.',
        show: whole('averageConsecutiveWins'),
      },
      {
        name: 'Average consecutive losses',
        says: 'How many losses follow one another on average.',
        show: whole('averageConsecutiveLosses'),
      },
    ],
  },
  {
    title: 'Money',
    figures: [
      {
        name: 'Balance at the start',
        says: 'Before the first trade of the filter.',
        show: amount('startBalance'),
      },
      { name: 'Deposits', says: 'Money that came in and was not traded.', show: profit('deposits') },
      { name: 'Withdrawals', says: 'Money that was taken out.', show: profit('withdrawals') },
      { name: 'Balance at the end', says: 'After the last trade of the filter.', show: amount('endBalance') },
      {
        name: 'Growth',
        says: 'What the trading made of the money, deposits and withdrawals left out.',
        show: all => hundredths(all.growthPercent),
      },
      { name: 'Commission', says: 'What the broker took for each deal.', show: profit('commission') },
      { name: 'Swap', says: 'What holding over night cost or brought.', show: profit('swap') },
      { name: 'Fee', says: 'What the exchange or broker took besides.', show: profit('fee') },
    ],
  },
]
