import type { ReactNode } from 'react'
import type { CurrentRecommendation } from '@/api/recommendations'
import { CURRENCY, fallWords, luckWords, perTrade, VERDICTS } from '@/components/recommendation/words'
import { StateBadge } from '@/components/state-badge'
import { Card } from '@/ui/card'
import { Profit } from '@/ui/profit'
import { Table, Td, Th } from '@/ui/table'

type Line = readonly [label: string, show: (row: CurrentRecommendation) => ReactNode]

const LINES: readonly Line[] = [
  ['Verdict', row => <StateBadge look={VERDICTS[row.verdict]} />],
  ['Net a trade', row => <Profit value={row.evidence.netPerTrade} currency={CURRENCY} />],
  ['Interval', row => `${perTrade(row.evidence.low)} to ${perTrade(row.evidence.high)}`],
  ['Trades like today', row => `${row.evidence.similar} of ${row.evidence.trades}`],
  ['Sharpe', row => row.evidence.sharpe ?? '—'],
  ['More than luck', row => luckWords(row.evidence.beyondLuck)],
  ['Drawdown', row => fallWords(row.evidence)],
  ['Out of sample', row => <Profit value={row.evidence.net} currency={CURRENCY} />],
  ['Like what you run', row => row.likeness?.correlation.toFixed(2) ?? '—'],
]

/** Those that were ticked, side by side. */
export function CompareTable({ rows }: { rows: readonly CurrentRecommendation[] }) {
  return (
    <Card title="Side by side" bodyClassName="p-0">
      <Table label="Recommendations side by side">
        <thead>
          <tr>
            <Th> </Th>
            {rows.map(row => (
              <Th key={row.id} isNumber>
                {row.templateName} · {row.symbol}
              </Th>
            ))}
          </tr>
        </thead>
        <tbody>
          {LINES.map(([label, show]) => (
            <tr key={label}>
              <Td className="text-muted">{label}</Td>
              {rows.map(row => (
                <Td key={row.id} isNumber>
                  {show(row)}
                </Td>
              ))}
            </tr>
          ))}
        </tbody>
      </Table>
    </Card>
  )
}
