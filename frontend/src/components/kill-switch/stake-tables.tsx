import type { AccountAtStake, SymbolAtStake } from '@/api/kill-switch'
import { bySymbol, inScope, TERMINALS } from '@/components/kill-switch/words'
import { lots } from '@/format/volume'
import { Badge } from '@/ui/badge'
import { Profit } from '@/ui/profit'
import { Table, Td, Th, Tr } from '@/ui/table'

interface AccountsProps {
  rows: readonly AccountAtStake[]
  closesForeign: boolean
  /** Of a use: how many are open still. */
  hasLeft?: boolean
}

/** What is open on each account, and who could close it. */
export function AccountStakes({ rows, closesForeign, hasLeft = false }: AccountsProps) {
  return (
    <Table label="Accounts">
      <thead>
        <tr>
          <Th>Account</Th>
          <Th isNumber>EAs</Th>
          <Th isNumber>Positions</Th>
          <Th isNumber>{hasLeft ? 'Open still' : 'Floating'}</Th>
          <Th>Terminal</Th>
        </tr>
      </thead>
      <tbody>
        {rows.map(row => (
          <Tr key={row.accountId}>
            <Td>
              <span className="block text-ink">{row.label}</span>
              <span className="num block text-faint text-xs">{row.login}</span>
            </Td>
            <Td isNumber>{row.eas}</Td>
            <Td isNumber>
              {inScope(row, closesForeign)}
              {!closesForeign && row.foreign > 0 && (
                <span className="block text-faint text-xs">+ {row.foreign} by others</span>
              )}
            </Td>
            <Td isNumber>
              {hasLeft ? (
                row.left
              ) : (
                <Profit
                  value={row.ownFloating + (closesForeign ? row.foreignFloating : 0)}
                  currency={row.currency}
                />
              )}
            </Td>
            <Td>
              <Badge tone={TERMINALS[row.terminal].tone}>{TERMINALS[row.terminal].label}</Badge>
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  )
}

/** Lots open in each symbol, over all accounts. */
export function SymbolStakes({
  rows,
  closesForeign,
}: {
  rows: readonly SymbolAtStake[]
  closesForeign: boolean
}) {
  return (
    <Table label="Exposure by symbol">
      <thead>
        <tr>
          <Th>Symbol</Th>
          <Th isNumber>Positions</Th>
          <Th isNumber>Long</Th>
          <Th isNumber>Short</Th>
          <Th isNumber>Net lots</Th>
        </tr>
      </thead>
      <tbody>
        {bySymbol(rows, closesForeign).map(row => (
          <Tr key={row.symbol}>
            <Td className="text-ink">{row.symbol}</Td>
            <Td isNumber>{row.positions}</Td>
            <Td isNumber>{lots(row.buyLots)}</Td>
            <Td isNumber>{lots(row.sellLots)}</Td>
            <Td isNumber>{lots(row.buyLots - row.sellLots)}</Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  )
}
