import type { MarketSymbol } from '@/api/markets'
import { Card } from '@/ui/card'
import { cx } from '@/ui/cx'
import { Table, Td, Th, Tr } from '@/ui/table'

/** From here on a spread is worth a word. */
const WIDE = 1.5

/** Spreads now beside those that are usual at this hour. */
export function SpreadCard({ symbols }: { symbols: readonly MarketSymbol[] }) {
  return (
    <Card title="Spreads" hint="points, against this hour of other days" bodyClassName="px-0 pb-1">
      <Table label="Spreads">
        <thead>
          <tr>
            <Th>Symbol</Th>
            <Th isNumber>Now</Th>
            <Th isNumber>Usual</Th>
            <Th isNumber>Ratio</Th>
          </tr>
        </thead>
        <tbody>
          {symbols.map(({ symbol, spread }) => (
            <Tr key={symbol}>
              <Td className="text-ink">{symbol}</Td>
              <Td isNumber>{spread ? spread.nowPoints.toFixed(0) : '—'}</Td>
              <Td isNumber className="text-muted">
                {spread ? spread.usualPoints.toFixed(0) : '—'}
              </Td>
              <Td isNumber className={cx(spread && spread.ratio >= WIDE && 'text-warn')}>
                {spread ? `${spread.ratio.toFixed(1)} ×` : 'few days yet'}
              </Td>
            </Tr>
          ))}
        </tbody>
      </Table>
    </Card>
  )
}
