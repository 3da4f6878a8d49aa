import type { TradeDeal, TradeDetail } from '@/api/journal-records'
import { Moment } from '@/components/moment'
import { SIDES } from '@/components/states'
import { exitWords } from '@/components/trade-list'
import { price } from '@/format/price'
import { lots } from '@/format/volume'
import { Profit } from '@/ui/profit'
import { Table, Td, Th, Tr } from '@/ui/table'

const ENTRIES: Record<TradeDeal['entry'], string> = {
  in: 'In',
  out: 'Out',
  'in/out': 'In/out',
  'out by': 'Out by',
}

/** The executions that a trade is made of, as the broker's statement lists them. */
export function DealsTable({ trade, digits }: { trade: TradeDetail; digits: number }) {
  const hasFee = trade.deals.some(deal => deal.fee !== 0)
  const money = (value: number) =>
    value === 0 ? <span className="text-faint">—</span> : <Profit value={value} currency={trade.currency} />
  return (
    <Table label="Deals" className="[&_td:not(:first-child)]:px-2 [&_th:not(:first-child)]:px-2">
      <thead>
        <tr>
          <Th>Time</Th>
          <Th>Deal</Th>
          <Th>Direction</Th>
          <Th isNumber>Lots</Th>
          <Th isNumber>Price</Th>
          <Th isNumber>Commission</Th>
          <Th isNumber>Swap</Th>
          {hasFee && <Th isNumber>Fee</Th>}
          <Th isNumber>Profit</Th>
          <Th>By</Th>
        </tr>
      </thead>
      <tbody>
        {trade.deals.map(deal => (
          <Tr key={deal.ticket}>
            <Td className="num whitespace-nowrap text-muted">
              <Moment at={deal.executedAt} />
            </Td>
            <Td className="num" title={deal.orderId === null ? undefined : `Order ${deal.orderId}`}>
              {deal.ticket}
            </Td>
            <Td className="whitespace-nowrap">
              {SIDES[deal.side].label} <span className="text-muted">{ENTRIES[deal.entry].toLowerCase()}</span>
            </Td>
            <Td isNumber>{lots(deal.volume)}</Td>
            <Td isNumber>{price(deal.price, digits)}</Td>
            <Td isNumber>{money(deal.commission)}</Td>
            <Td isNumber>{money(deal.swap)}</Td>
            {hasFee && <Td isNumber>{money(deal.fee)}</Td>}
            <Td isNumber>{money(deal.profit)}</Td>
            <Td className="max-w-36 truncate text-muted" title={deal.comment || undefined}>
              {exitWords(deal.reason)}
              {deal.comment && <span className="text-faint"> · {deal.comment}</span>}
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  )
}
