import type { MarketPast } from '@/api/markets'
import { REGIMES } from '@/components/markets/words'
import { Moment } from '@/components/moment'
import { percent } from '@/format/percent'
import { price } from '@/format/price'
import { Card } from '@/ui/card'
import { Table, Td, Th, Tr } from '@/ui/table'

const MOST = 24

/** What was said of the symbol at the end of each hour, as it was said then. */
export function HoursCard({ hours, digits }: { hours: MarketPast['hours']; digits: number }) {
  return (
    <Card title="What was said" hint="by the hour, never changed afterwards" bodyClassName="px-0 pb-1">
      {hours.length === 0 ? (
        <p className="px-4 pb-3 text-muted text-sm">The first hour is not over yet.</p>
      ) : (
        <Table label="What was said by the hour" className="max-h-96 overflow-y-auto">
          <thead>
            <tr>
              <Th>At</Th>
              <Th>Regime</Th>
              <Th isNumber>Close</Th>
              <Th isNumber>ADX</Th>
              <Th isNumber>Volatility</Th>
            </tr>
          </thead>
          <tbody>
            {hours
              .slice(-MOST)
              .reverse()
              .map(hour => (
                <Tr key={hour.knownAt}>
                  <Td className="whitespace-nowrap text-muted">
                    <Moment at={hour.knownAt} />
                  </Td>
                  <Td className="whitespace-nowrap">
                    {hour.regime ? REGIMES[hour.regime].label : '—'}{' '}
                    <span className="num text-faint text-xs">{percent(hour.probability, 0)}</span>
                  </Td>
                  <Td isNumber>{price(hour.close, digits)}</Td>
                  <Td isNumber>{hour.adx.toFixed(0)}</Td>
                  <Td isNumber>{percent(hour.percentile, 0)}</Td>
                </Tr>
              ))}
          </tbody>
        </Table>
      )}
    </Card>
  )
}
