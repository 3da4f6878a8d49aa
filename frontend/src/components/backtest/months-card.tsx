import type { Month, TestReport } from '@/api/test-report'
import { hundredths } from '@/components/backtest/figure-groups'
import { monthName, monthWord } from '@/format/day'
import { axisMoney, signedMoney } from '@/format/money'
import { count } from '@/format/volume'
import { Card } from '@/ui/card'
import { heatColour } from '@/ui/heat-month'
import { Profit } from '@/ui/profit'
import { Table, Td, Th, Tr } from '@/ui/table'

const MONTHS = Array.from({ length: 12 }, (_, index) => index + 1)
/** The deepest colour, so that text stays readable on it. */
const DEEPEST = 45

/** What each month made, years beneath each other. */
export function MonthsCard({ report }: { report: TestReport }) {
  const { months } = report.figures
  const years = [...new Set(months.map(month => month.year))]
  const most = Math.max(1, ...months.map(month => Math.abs(month.money)))
  return (
    <Card title="Months" hint="what equity changed by" bodyClassName="px-0 pb-1">
      <Table label="Months" className="[&_td]:h-9">
        <thead>
          <tr>
            <Th>Year</Th>
            {MONTHS.map(month => (
              <Th key={month} isNumber>
                {monthWord(named(2000, month))}
              </Th>
            ))}
            <Th isNumber>Year</Th>
          </tr>
        </thead>
        <tbody>
          {years.map(year => (
            <Tr key={year}>
              <Td className="num text-muted">{year}</Td>
              {MONTHS.map(month => (
                <Cell
                  key={month}
                  found={months.find(one => one.year === year && one.month === month)}
                  most={most}
                  currency={report.currency}
                />
              ))}
              <Td isNumber>
                <Profit
                  value={months.filter(one => one.year === year).reduce((sum, one) => sum + one.money, 0)}
                  currency={report.currency}
                />
              </Td>
            </Tr>
          ))}
        </tbody>
      </Table>
    </Card>
  )
}

interface CellProps {
  found: Month | undefined
  most: number
  currency: string
}

function Cell({ found, most, currency }: CellProps) {
  if (!found) return <Td isNumber />
  const says = `${monthName(named(found.year, found.month))}: ${signedMoney(found.money, currency)}, ${hundredths(found.percent)}, ${count(found.trades)} trades`
  const heat = (Math.abs(found.money) / most) * DEEPEST
  return (
    <Td isNumber title={says} style={{ backgroundColor: heatColour(heat, found.money >= 0) }}>
      {axisMoney(found.money, currency, Math.abs(most) < 20)}
    </Td>
  )
}

const named = (year: number, month: number): string => `${year}-${String(month).padStart(2, '0')}`
