import type { SymbolExposure } from '@/api/exposure'
import { Ago } from '@/components/moment'
import { useSymbolDigits } from '@/components/symbol-digits'
import { money as asMoney } from '@/format/money'
import { digitsOf, price } from '@/format/price'
import { count, lots } from '@/format/volume'
import { Table, Td, Th, Tr } from '@/ui/table'

/** Every symbol with its lots on both sides. */
export function SymbolTable({ rows, money }: { rows: readonly SymbolExposure[]; money: string }) {
  const digits = useSymbolDigits()
  return (
    <Table label="Symbols">
      <thead>
        <tr>
          <Th>Symbol</Th>
          <Th isNumber>Long lots</Th>
          <Th isNumber>Short lots</Th>
          <Th isNumber>Net lots</Th>
          <Th isNumber>Positions</Th>
          <Th isNumber>Price</Th>
          <Th isNumber>Seen</Th>
          <Th isNumber>Net value</Th>
        </tr>
      </thead>
      <tbody>
        {rows.map(row => (
          <Tr key={row.symbol}>
            <Td className="font-medium">{row.symbol}</Td>
            <Lots value={row.longLots} accounts={row.longAccounts} />
            <Lots value={row.shortLots} accounts={row.shortAccounts} />
            <Td isNumber className="font-medium">
              {row.netLots < 0 ? `−${lots(-row.netLots)}` : lots(row.netLots)}
            </Td>
            <Td isNumber>{count(row.positions)}</Td>
            <Td isNumber className="text-muted">
              {price(row.price, digits(row.symbol) ?? digitsOf([row.price ?? 0]))}
            </Td>
            <Td isNumber className="text-faint">
              {row.priceAt && <Ago at={row.priceAt} />}
            </Td>
            <Td isNumber>{asMoney(row.value, money)}</Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  )
}

function Lots({ value, accounts }: { value: number; accounts: number }) {
  return (
    <Td isNumber>
      {lots(value)}
      {accounts > 0 && (
        <span className="block text-2xs text-faint">
          {count(accounts)} {accounts === 1 ? 'account' : 'accounts'}
        </span>
      )}
    </Td>
  )
}
