import { Layers } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Position } from '@/api/records'
import { Moment } from '@/components/moment'
import { StateBadge } from '@/components/state-badge'
import { SIDES } from '@/components/states'
import { digitsOf, price } from '@/format/price'
import { lots } from '@/format/volume'
import { EmptyState } from '@/ui/empty-state'
import { Profit } from '@/ui/profit'
import { Table, Td, Th, Tr } from '@/ui/table'

interface Props {
  positions: readonly Position[]
  currency: string
  /** Digits of a symbol's prices, where the specification is known. */
  digits: (symbol: string) => number | undefined
  /** What may be done about a position, at the end of its row. */
  actions?: ((position: Position, digits: number) => ReactNode) | undefined
}

export function PositionList(props: Props) {
  const { positions, currency, digits, actions } = props
  if (positions.length === 0) {
    return (
      <EmptyState icon={Layers} title="No open positions">
        The next one appears here the moment it is opened.
      </EmptyState>
    )
  }
  return (
    <>
      <div className="hidden md:block">
        <PositionTable {...props} />
      </div>
      <ul className="divide-y divide-line md:hidden">
        {positions.map(row => (
          <PositionCard
            key={row.ticket}
            row={row}
            currency={currency}
            digits={digitsFor(row, digits)}
            actions={actions}
          />
        ))}
      </ul>
    </>
  )
}

function digitsFor(row: Position, digits: Props['digits']): number {
  return digits(row.symbol) ?? digitsOf([row.openPrice, row.currentPrice])
}

function PositionCard({ row, currency, digits, actions }: RowProps) {
  return (
    <li className="px-4 py-3">
      <p className="flex items-baseline justify-between gap-3 text-sm">
        <span className="font-medium">
          {row.symbol}{' '}
          <span className="num font-normal text-muted">
            {SIDES[row.side].label.toLowerCase()} {lots(row.volume)}
          </span>
        </span>
        <Profit value={row.profit} currency={currency} className="font-medium" />
      </p>
      <p className="num mt-0.5 flex justify-between gap-3 text-faint text-xs">
        <span>
          {price(row.openPrice, digits)} → {price(row.currentPrice, digits)}
        </span>
        <span>
          SL {row.stopLoss === null ? 'none' : price(row.stopLoss, digits)} · TP{' '}
          {price(row.takeProfit, digits)}
        </span>
      </p>
      {actions && <div className="mt-2 flex justify-end">{actions(row, digits)}</div>}
    </li>
  )
}

function PositionTable({ positions, currency, digits, actions }: Props) {
  return (
    <Table label="Open positions">
      <thead>
        <tr>
          <Th>Symbol</Th>
          <Th>Side</Th>
          <Th isNumber>Lots</Th>
          <Th isNumber>Entry</Th>
          <Th isNumber>Now</Th>
          <Th isNumber>Stop-loss</Th>
          <Th isNumber>Target</Th>
          <Th isNumber>Swap</Th>
          <Th isNumber>Profit</Th>
          <Th>Opened</Th>
          {actions && (
            <Th>
              <span className="sr-only">Actions</span>
            </Th>
          )}
        </tr>
      </thead>
      <tbody>
        {positions.map(row => (
          <PositionRow
            key={row.ticket}
            row={row}
            currency={currency}
            digits={digitsFor(row, digits)}
            actions={actions}
          />
        ))}
      </tbody>
    </Table>
  )
}

interface RowProps {
  row: Position
  currency: string
  digits: number
  actions: Props['actions']
}

function PositionRow({ row, currency, digits, actions }: RowProps) {
  return (
    <Tr>
      <Td>
        <span className="font-medium">{row.symbol}</span>
        <span className="num ml-2 text-faint text-xs">#{row.ticket}</span>
      </Td>
      <Td>
        <StateBadge look={SIDES[row.side]} />
      </Td>
      <Td isNumber>{lots(row.volume)}</Td>
      <Td isNumber>{price(row.openPrice, digits)}</Td>
      <Td isNumber>{price(row.currentPrice, digits)}</Td>
      <Td isNumber className={row.stopLoss === null ? 'text-warn' : 'text-muted'}>
        {row.stopLoss === null ? 'none' : price(row.stopLoss, digits)}
      </Td>
      <Td isNumber className="text-muted">
        {price(row.takeProfit, digits)}
      </Td>
      <Td isNumber>
        <Profit value={row.swap} currency={currency} />
      </Td>
      <Td isNumber>
        <Profit value={row.profit} currency={currency} className="font-medium" />
      </Td>
      <Td className="whitespace-nowrap text-muted">
        <Moment at={row.openedAt} />
      </Td>
      {actions && <Td className="py-0 text-right">{actions(row, digits)}</Td>}
    </Tr>
  )
}
