import type { ImportTrade } from '@/api/terminal-records'
import { Moment } from '@/components/moment'
import { StateBadge } from '@/components/state-badge'
import { SIDES } from '@/components/states'
import { useSymbolDigits } from '@/components/symbol-digits'
import { digitsOf, price } from '@/format/price'
import { lots } from '@/format/volume'
import { Card } from '@/ui/card'
import { Profit } from '@/ui/profit'
import { Table, Td, Th, Tr } from '@/ui/table'

const pricesOf = (row: ImportTrade): number[] =>
  [row.entryPrice, row.exitPrice].filter(value => value !== null)

/** The first trades, as they will stand in the journal: the quickest way to see a wrong time zone. */
export function SampleCard({ rows, currency }: { rows: readonly ImportTrade[]; currency: string }) {
  const known = useSymbolDigits()
  if (rows.length === 0) return null
  const ofFile = (symbol: string) => rows.filter(row => row.symbol === symbol).flatMap(pricesOf)
  const digits = (symbol: string) => known(symbol) ?? digitsOf(ofFile(symbol))
  return (
    <Card title="First trades" hint="in your own time zone" bodyClassName="px-0 pb-1">
      <Table label="First trades of the file">
        <thead>
          <tr>
            <Th>Symbol</Th>
            <Th>Side</Th>
            <Th isNumber>Lots</Th>
            <Th isNumber>Entry</Th>
            <Th isNumber>Exit</Th>
            <Th>Opened</Th>
            <Th>Closed</Th>
            <Th isNumber>Net</Th>
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <Tr key={row.positionId}>
              <Td className="h-9 whitespace-nowrap font-medium">
                {row.symbol} <span className="num font-normal text-faint text-xs">#{row.positionId}</span>
              </Td>
              <Td className="h-9">
                <StateBadge look={SIDES[row.side]} />
              </Td>
              <Td isNumber className="h-9">
                {lots(row.volume)}
              </Td>
              <Td isNumber className="h-9 text-muted">
                {price(row.entryPrice, digits(row.symbol))}
              </Td>
              <Td isNumber className="h-9 text-muted">
                {price(row.exitPrice, digits(row.symbol))}
              </Td>
              <Td className="h-9 whitespace-nowrap text-muted">
                <Moment at={row.enteredAt} />
              </Td>
              <Td className="h-9 whitespace-nowrap text-muted">
                <Moment at={row.exitedAt} />
              </Td>
              <Td isNumber className="h-9">
                <Profit value={row.netProfit} currency={currency} />
              </Td>
            </Tr>
          ))}
        </tbody>
      </Table>
    </Card>
  )
}
