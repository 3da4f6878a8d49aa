import type { ReactNode } from 'react'
import type { Compared, Statistics } from '@/api/journal-records'
import { FigureName } from '@/components/journal/figure-groups'
import { hundredths } from '@/components/journal/figures'
import { duration } from '@/format/age'
import { ratio } from '@/format/percent'
import { count } from '@/format/volume'
import { Multiple } from '@/ui/multiple'
import { Profit } from '@/ui/profit'
import { Table, Td, Th, Tr } from '@/ui/table'

interface Row {
  name: string
  says: string
  show: (all: Statistics) => ReactNode
  /** What to mark as the best of the row; larger is better. */
  rank?: (all: Statistics) => number | null
}

const ROWS: readonly Row[] = [
  {
    name: 'Net profit',
    says: 'Costs included.',
    show: all => <Profit value={all.netProfit} currency={all.currency} />,
    rank: all => all.netProfit,
  },
  { name: 'Trades', says: 'Closing deals.', show: all => count(all.trades) },
  {
    name: 'Won',
    says: 'Trades that won, of all.',
    show: all => hundredths(all.profitTradesPercent),
    rank: all => all.profitTradesPercent,
  },
  {
    name: 'Profit factor',
    says: 'Won divided by lost.',
    show: all => ratio(all.profitFactor),
    rank: all => all.profitFactor,
  },
  {
    name: 'Expected payoff',
    says: 'What an average trade brings.',
    show: all => <Profit value={all.expectedPayoff} currency={all.currency} />,
    rank: all => all.expectedPayoff,
  },
  {
    name: 'Average R',
    says: 'The mean of the trades’ R multiples.',
    show: all => <Multiple value={all.averageR} />,
    rank: all => all.averageR,
  },
  {
    name: 'Deepest drawdown',
    says: 'The deepest fall from a peak, as a share of that peak.',
    show: all => hundredths(all.balanceDrawdownRelativePercent),
    rank: all => (all.balanceDrawdownRelativePercent === null ? null : -all.balanceDrawdownRelativePercent),
  },
  {
    name: 'Recovery factor',
    says: 'Net profit divided by the maximal drawdown.',
    show: all => ratio(all.recoveryFactor),
    rank: all => all.recoveryFactor,
  },
  {
    name: 'Sharpe ratio',
    says: 'Mean result divided by its standard deviation.',
    show: all => ratio(all.sharpeRatio),
    rank: all => all.sharpeRatio,
  },
  {
    name: 'Largest profit',
    says: 'The best single result.',
    show: all => <Profit value={all.largestProfit} currency={all.currency} />,
  },
  {
    name: 'Largest loss',
    says: 'The worst single result.',
    show: all => <Profit value={all.largestLoss} currency={all.currency} />,
  },
  {
    name: 'Held on average',
    says: 'From first entry to last exit.',
    show: all => duration(all.averageDurationS),
  },
]

/** The chosen ones side by side, the best of each line in bold. */
export function CompareTable({ sides }: { sides: readonly Compared[] }) {
  const isOneCurrency = new Set(sides.map(side => side.statistics.currency)).size === 1
  return (
    <Table
      label="Comparison"
      className="[&_td:first-child]:sticky [&_td:first-child]:left-0 [&_td:first-child]:bg-surface [&_td]:h-9"
    >
      <thead>
        <tr>
          <Th>Figure</Th>
          {sides.map((side, index) => (
            <Th key={sideKey(side)} isNumber>
              <span
                aria-hidden
                className="mr-1.5 inline-block size-2 rounded-full"
                style={{ backgroundColor: `var(--series-${index + 1})` }}
              />
              {side.label}
              {!isOneCurrency && ` (${side.statistics.currency})`}
            </Th>
          ))}
        </tr>
      </thead>
      <tbody>
        {ROWS.map(row => {
          const best = sides.length > 1 && isOneCurrency && row.rank ? bestOf(sides, row.rank) : null
          return (
            <Tr key={row.name}>
              <Td className="text-muted">
                <FigureName figure={row} />
              </Td>
              {sides.map(side => (
                <Td
                  key={sideKey(side)}
                  isNumber
                  className={
                    best !== null && row.rank?.(side.statistics) === best ? 'font-semibold' : undefined
                  }
                >
                  {row.show(side.statistics)}
                </Td>
              ))}
            </Tr>
          )
        })}
      </tbody>
    </Table>
  )
}

/** One group may stand here in two currencies. */
export const sideKey = (side: Compared): string => `${side.key} ${side.statistics.currency}`

function bestOf(sides: readonly Compared[], rank: (all: Statistics) => number | null): number | null {
  const values = sides.flatMap(side => rank(side.statistics) ?? [])
  return values.length > 1 ? Math.max(...values) : null
}
