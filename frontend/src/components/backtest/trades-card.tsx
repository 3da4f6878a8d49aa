import { ListOrdered } from 'lucide-react'
import { useState } from 'react'
import type { TestReport, TestTrade } from '@/api/test-report'
import { wallMoment } from '@/components/backtest/clock'
import { CsvLink } from '@/components/csv-link'
import { money } from '@/format/money'
import { ratio } from '@/format/percent'
import { price } from '@/format/price'
import { count, lots } from '@/format/volume'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Pager } from '@/ui/pager'
import { Profit } from '@/ui/profit'
import { Table, Td, Th, Tr } from '@/ui/table'

const PAGE = 50

/** Every trade, the newest first; all of them as a file. */
export function TradesCard({ id, report }: { id: string; report: TestReport }) {
  const [page, setPage] = useState(1)
  const rows = report.trades.toReversed()
  const digits = report.bars?.digits ?? 5
  if (rows.length === 0) {
    return (
      <Card title="Trades">
        <EmptyState icon={ListOrdered} title="It did not trade">
          Its conditions were never met in this time. Its log may say why; try a longer time or other inputs.
        </EmptyState>
      </Card>
    )
  }
  return (
    <Card
      title="Trades"
      hint={`${count(rows.length)}, times are the server’s`}
      bodyClassName="px-0 pb-0"
      actions={<CsvLink href={`/api/backtests/${id}/trades.csv`} what="Trades" />}
    >
      <Table label="Trades" className="[&_td]:h-9">
        <thead>
          <tr>
            <Th>Entered</Th>
            <Th>Side</Th>
            <Th isNumber>Lots</Th>
            <Th isNumber>Entry</Th>
            <Th>Exited</Th>
            <Th isNumber>Exit</Th>
            <Th>By</Th>
            <Th isNumber>R</Th>
            <Th isNumber>Worst</Th>
            <Th isNumber>Net</Th>
          </tr>
        </thead>
        <tbody>
          {rows.slice((page - 1) * PAGE, page * PAGE).map(trade => (
            <Row key={trade.position} trade={trade} digits={digits} currency={report.currency} />
          ))}
        </tbody>
      </Table>
      {rows.length > PAGE && <Pager page={page} pageSize={PAGE} total={rows.length} onPage={setPage} />}
    </Card>
  )
}

interface RowProps {
  trade: TestTrade
  digits: number
  currency: string
}

function Row({ trade, digits, currency }: RowProps) {
  return (
    <Tr title={trade.tag || undefined}>
      <Td className="num whitespace-nowrap">{wallMoment(trade.enteredMsc)}</Td>
      <Td>{trade.side}</Td>
      <Td isNumber>{lots(trade.volume)}</Td>
      <Td isNumber>{price(trade.entryPrice, digits)}</Td>
      <Td className="num whitespace-nowrap">
        {trade.exitedMsc === null ? 'open at the end' : wallMoment(trade.exitedMsc)}
      </Td>
      <Td isNumber>{price(trade.exitPrice, digits)}</Td>
      <Td className="whitespace-nowrap text-muted">{trade.exitReason}</Td>
      <Td isNumber>{ratio(trade.r)}</Td>
      <Td isNumber className="text-muted">
        {money(trade.mae, currency)}
      </Td>
      <Td isNumber>
        <Profit value={trade.net} currency={currency} />
      </Td>
    </Tr>
  )
}
