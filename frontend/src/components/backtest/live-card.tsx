import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { type Backtest, type LiveComparison, liveComparison, type MatchedTrade } from '@/api/backtests'
import { Loaded } from '@/components/loaded'
import { Moment } from '@/components/moment'
import { duration } from '@/format/age'
import { signedMoney } from '@/format/money'
import { price } from '@/format/price'
import { count } from '@/format/volume'
import { Card } from '@/ui/card'
import { Profit } from '@/ui/profit'
import { Stat, StatStrip } from '@/ui/stat'
import { Table, Td, Th, Tr } from '@/ui/table'

interface Props {
  row: Backtest
  digits: number
}

/** What the EA did live beside what it did here: the same side, entered within a few minutes. */
export function LiveCard({ row, digits }: Props) {
  const query = useQuery(liveComparison(row.id))
  const { currency } = row.setup
  return (
    <Card title="Live beside tested" hint="above zero, the live price was worse" bodyClassName="px-0 pb-0">
      <Loaded query={query}>
        {found => (
          <>
            <Counts found={found} currency={currency} />
            <Pairs found={found} digits={digits} currency={currency} />
          </>
        )}
      </Loaded>
    </Card>
  )
}

function Counts({ found, currency }: { found: LiveComparison; currency: string }) {
  const money = found.pairs.reduce((sum, pair) => sum + (pair.slippageMoney ?? 0), 0)
  return (
    <StatStrip className="mx-4 mb-3">
      <Stat label="The same" value={count(found.pairs.length)} note={`within ${duration(found.windowS)}`} />
      <Stat label="Missed live" value={count(found.missed.length)} note="tested, not traded" />
      <Stat label="Extra live" value={count(found.extra.length)} note="traded, not tested" />
      <Stat label="Slippage" value={signedMoney(money, currency)} note="what it cost" />
    </StatStrip>
  )
}

interface RowsProps {
  found: LiveComparison
  digits: number
  currency: string
}

function Pairs({ found, digits, currency }: RowsProps) {
  return (
    <Table label="Live beside tested" className="[&_td]:h-9">
      <thead>
        <tr>
          <Th>Entered live</Th>
          <Th>Side</Th>
          <Th isNumber>Live</Th>
          <Th isNumber>Tested</Th>
          <Th isNumber>Later by</Th>
          <Th isNumber>Entry, points</Th>
          <Th isNumber>Exit, points</Th>
          <Th isNumber>Cost</Th>
          <Th isNumber>Net live</Th>
          <Th isNumber>Net tested</Th>
        </tr>
      </thead>
      <tbody>
        {found.pairs.map(pair => (
          <Tr key={pair.live.id}>
            <Td className="num whitespace-nowrap">
              <Link to={`/journal/trades/${pair.live.id}`} className="rounded hover:text-ink hover:underline">
                <Moment at={pair.live.enteredAt} />
              </Link>
            </Td>
            <Td>{pair.live.side}</Td>
            <Td isNumber>{price(pair.live.entryPrice, digits)}</Td>
            <Td isNumber>{price(pair.tested.entryPrice, digits)}</Td>
            <Td isNumber>{later(pair.lateS)}</Td>
            <Td isNumber>{pair.entrySlippagePoints.toFixed(1)}</Td>
            <Td isNumber>{pair.exitSlippagePoints?.toFixed(1) ?? '—'}</Td>
            <Td isNumber>{signedMoney(pair.slippageMoney, currency)}</Td>
            <Td isNumber>
              <Profit value={pair.live.net} currency={currency} />
            </Td>
            <Td isNumber>
              <Profit value={pair.tested.net} currency={currency} />
            </Td>
          </Tr>
        ))}
        <Alone rows={found.missed} says="missed live" digits={digits} currency={currency} isLive={false} />
        <Alone rows={found.extra} says="extra live" digits={digits} currency={currency} isLive />
      </tbody>
    </Table>
  )
}

function later(seconds: number): string {
  return seconds < 0 ? `−${duration(-seconds)}` : duration(seconds)
}

interface AloneProps {
  rows: readonly MatchedTrade[]
  says: string
  digits: number
  currency: string
  isLive: boolean
}

function Alone({ rows, says, digits, currency, isLive }: AloneProps) {
  const own = (value: ReactNode, isHere: boolean) => (isHere ? value : '—')
  return rows.map(row => (
    <Tr key={`${says} ${row.id}`} className="text-muted">
      <Td className="num whitespace-nowrap">
        <Moment at={row.enteredAt} /> <span className="ml-1 text-warn text-xs">{says}</span>
      </Td>
      <Td>{row.side}</Td>
      <Td isNumber>{own(price(row.entryPrice, digits), isLive)}</Td>
      <Td isNumber>{own(price(row.entryPrice, digits), !isLive)}</Td>
      <Td isNumber>—</Td>
      <Td isNumber>—</Td>
      <Td isNumber>—</Td>
      <Td isNumber>—</Td>
      <Td isNumber>{own(<Profit value={row.net} currency={currency} />, isLive)}</Td>
      <Td isNumber>{own(<Profit value={row.net} currency={currency} />, !isLive)}</Td>
    </Tr>
  ))
}
