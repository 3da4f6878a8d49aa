import { TriangleAlert } from 'lucide-react'
import { Link, useNavigate } from 'react-router'
import type { Account } from '@/api/records'
import { TruthChip, TruthChips } from '@/components/account/truth-chips'
import { truthsOf } from '@/components/account/truths'
import { useNow } from '@/components/now'
import { money } from '@/format/money'
import { Badge } from '@/ui/badge'
import { Profit } from '@/ui/profit'
import { Table, Td, Th, Tr } from '@/ui/table'
import { Ticking } from '@/ui/ticking'

/** The connected accounts: a table where there is room, cards on a phone. */
export function AccountTable({ rows }: { rows: readonly Account[] }) {
  return (
    <>
      <div className="hidden md:block">
        <Table label="Accounts">
          <thead>
            <tr>
              <Th>Account</Th>
              <Th isNumber>Equity</Th>
              <Th isNumber>Balance</Th>
              <Th isNumber>Today</Th>
              <Th isNumber>Positions</Th>
              <Th isNumber>EAs</Th>
              <Th>Trading</Th>
              <Th>Telemetry</Th>
              <Th>Broker link</Th>
            </tr>
          </thead>
          <tbody>
            {rows.map(row => (
              <AccountRow key={row.id} row={row} />
            ))}
          </tbody>
        </Table>
      </div>
      <ul className="divide-y divide-line md:hidden">
        {rows.map(row => (
          <AccountCard key={row.id} row={row} />
        ))}
      </ul>
    </>
  )
}

function AccountRow({ row }: { row: Account }) {
  const navigate = useNavigate()
  const now = useNow()
  const to = `/accounts/${row.id}`
  return (
    <Tr className="cursor-pointer" onClick={() => void navigate(to)}>
      <Td className="h-14">
        <span className="flex items-center gap-2">
          <Link to={to} className="block max-w-56 truncate font-medium text-ink hover:text-accent">
            {row.label}
          </Link>
          <TroubleBadge row={row} />
        </span>
        <span className="num block text-faint text-xs">
          {PLATFORMS[row.platform]} · {row.login} · {row.server}
        </span>
      </Td>
      <Td isNumber className="font-medium">
        <Ticking value={row.equity} text={money(row.equity, row.currency)} />
      </Td>
      <Td isNumber className="text-muted">
        {money(row.balance, row.currency)}
      </Td>
      <Td isNumber>
        <Profit value={row.dayProfit} currency={row.currency} />
      </Td>
      <Td isNumber>{row.openPositions}</Td>
      <Td isNumber>{row.instanceCount}</Td>
      {truthsOf(row, now).map(truth => (
        <Td key={truth.name}>
          <TruthChip truth={truth} />
        </Td>
      ))}
    </Tr>
  )
}

function AccountCard({ row }: { row: Account }) {
  return (
    <li className="pb-3">
      <Link to={`/accounts/${row.id}`} className="block px-4 pt-3 pb-2 outline-offset-[-3px]">
        <span className="flex items-baseline justify-between gap-3">
          <span className="flex min-w-0 items-center gap-2">
            <span className="truncate font-medium text-ink text-sm">{row.label}</span>
            <TroubleBadge row={row} />
          </span>
          <span className="num font-medium text-sm">{money(row.equity, row.currency)}</span>
        </span>
        <span className="mt-0.5 flex items-baseline justify-between gap-3 text-faint text-xs">
          <span className="num truncate">
            {row.login} · {row.instanceCount} {row.instanceCount === 1 ? 'EA' : 'EAs'} · {row.openPositions}{' '}
            open
          </span>
          <Profit value={row.dayProfit} currency={row.currency} />
        </span>
      </Link>
      <div className="px-4">
        <TruthChips account={row} />
      </div>
    </li>
  )
}

/** Refused data or tripped limits of the last day; the account page says which. */
function TroubleBadge({ row }: { row: Account }) {
  if (row.troubles === 0) return null
  return (
    <span title="Data of a terminal was refused in the last 24 hours. The account page says why.">
      <Badge tone="loss" icon={TriangleAlert}>
        {row.troubles === 1 ? '1 trouble' : `${row.troubles} troubles`}
      </Badge>
    </span>
  )
}

export const PLATFORMS: Record<Account['platform'], string> = {
  paper: 'Paper',
  mt5: 'MetaTrader 5',
  mt4: 'MetaTrader 4',
}
