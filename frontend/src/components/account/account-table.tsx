import { Link, useNavigate } from 'react-router'
import type { Account } from '@/api/records'
import { HeartbeatAge } from '@/components/heartbeat'
import { money } from '@/format/money'
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
              <Th>Platform</Th>
              <Th isNumber>Equity</Th>
              <Th isNumber>Balance</Th>
              <Th isNumber>Free margin</Th>
              <Th isNumber>Today</Th>
              <Th isNumber>Positions</Th>
              <Th isNumber>EAs</Th>
              <Th>Telemetry</Th>
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
  const to = `/accounts/${row.id}`
  return (
    <Tr className="cursor-pointer" onClick={() => void navigate(to)}>
      <Td className="h-14">
        <Link to={to} className="block max-w-64 truncate font-medium text-ink hover:text-accent">
          {row.label}
        </Link>
        <span className="num block text-faint text-xs">
          {row.login} · {row.server}
        </span>
      </Td>
      <Td className="text-muted">{PLATFORMS[row.platform]}</Td>
      <Td isNumber className="font-medium">
        <Ticking value={row.equity} text={money(row.equity, row.currency)} />
      </Td>
      <Td isNumber className="text-muted">
        {money(row.balance, row.currency)}
      </Td>
      <Td isNumber className="text-muted">
        {money(row.freeMargin, row.currency)}
      </Td>
      <Td isNumber>
        <Profit value={row.dayProfit} currency={row.currency} />
      </Td>
      <Td isNumber>{row.openPositions}</Td>
      <Td isNumber>{row.instanceCount}</Td>
      <Td>
        <HeartbeatAge hasWord at={row.heartbeatAt} isExpected={row.instanceCount > 0} />
      </Td>
    </Tr>
  )
}

function AccountCard({ row }: { row: Account }) {
  return (
    <li>
      <Link to={`/accounts/${row.id}`} className="block px-4 py-3 outline-offset-[-3px]">
        <span className="flex items-baseline justify-between gap-3">
          <span className="truncate font-medium text-ink text-sm">{row.label}</span>
          <span className="num font-medium text-sm">{money(row.equity, row.currency)}</span>
        </span>
        <span className="mt-0.5 flex items-baseline justify-between gap-3 text-faint text-xs">
          <span className="num">{row.login}</span>
          <Profit value={row.dayProfit} currency={row.currency} />
        </span>
        <span className="mt-2 flex justify-between text-faint text-xs">
          <span>
            {row.instanceCount} {row.instanceCount === 1 ? 'EA' : 'EAs'} · {row.openPositions} open
          </span>
          <HeartbeatAge hasWord at={row.heartbeatAt} isExpected={row.instanceCount > 0} />
        </span>
      </Link>
    </li>
  )
}

export const PLATFORMS: Record<Account['platform'], string> = {
  paper: 'Paper',
  mt5: 'MetaTrader 5',
  mt4: 'MetaTrader 4',
}
