import type { FleetInstance } from '@/api/operator-records'
import { HeartbeatAge } from '@/components/heartbeat'
import { memory } from '@/components/operator/words'
import { StateBadge } from '@/components/state-badge'
import { INSTANCE_STATES } from '@/components/states'
import { percent } from '@/format/percent'
import { count } from '@/format/volume'
import { Badge } from '@/ui/badge'
import { cx } from '@/ui/cx'
import { Table, Td, Th, Tr } from '@/ui/table'

/** EA instances of all customers: a table, and on a phone a list. */
export function FleetTable({ rows }: { rows: readonly FleetInstance[] }) {
  return (
    <>
      <Table label="EA instances" className="max-md:hidden">
        <thead>
          <tr>
            <Th>EA</Th>
            <Th>Customer</Th>
            <Th>State</Th>
            <Th>Where</Th>
            <Th isNumber>CPU</Th>
            <Th isNumber>Memory</Th>
            <Th>Heard</Th>
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <FleetRow key={row.id} row={row} />
          ))}
        </tbody>
      </Table>
      <ul className="divide-y divide-line md:hidden">
        {rows.map(row => (
          <FleetCard key={row.id} row={row} />
        ))}
      </ul>
    </>
  )
}

function FleetRow({ row }: { row: FleetInstance }) {
  return (
    <Tr>
      <Td className="max-w-64">
        <Name row={row} />
      </Td>
      <Td className="max-w-56">
        <p className="truncate text-ink" title={row.tenant}>
          {row.tenant}
        </p>
        <p className="num truncate text-faint text-xs">
          {row.login} at {row.server}
        </p>
      </Td>
      <Td className="max-w-72">
        <State row={row} />
      </Td>
      <Td className="max-w-48">
        <p className="truncate text-ink" title={row.host}>
          {row.host || '—'}
        </p>
        <p className="truncate text-faint text-xs">
          {row.driver ? `${row.driver} · generation ${count(row.generation)}` : 'not started yet'}
        </p>
      </Td>
      <Td isNumber className="text-muted">
        {row.cpuPercent === null ? '—' : percent(row.cpuPercent / 100)}
      </Td>
      <Td isNumber className="text-muted">
        {memory(row.memoryMb)}
      </Td>
      <Td className="text-xs">
        <HeartbeatAge at={row.heartbeatAt} isExpected={row.state !== 'stopped'} />
      </Td>
    </Tr>
  )
}

function FleetCard({ row }: { row: FleetInstance }) {
  return (
    <li className="px-4 py-3">
      <div className="flex items-start justify-between gap-3">
        <Name row={row} />
        <span className="shrink-0 text-xs">
          <HeartbeatAge at={row.heartbeatAt} isExpected={row.state !== 'stopped'} />
        </span>
      </div>
      <p className="mt-0.5 truncate text-faint text-xs">
        {[row.tenant, row.login, row.host].filter(Boolean).join(' · ')}
      </p>
      <div className="mt-2">
        <State row={row} />
      </div>
    </li>
  )
}

function Name({ row }: { row: FleetInstance }) {
  return (
    <div className="min-w-0" title={row.id}>
      <p className="truncate font-medium text-ink">{row.name}</p>
      <p className="truncate text-faint text-xs">
        {row.symbol} · {row.template} {row.version}
      </p>
    </div>
  )
}

function State({ row }: { row: FleetInstance }) {
  return (
    <>
      <span className="flex flex-wrap items-center gap-2">
        <StateBadge look={INSTANCE_STATES[row.state]} />
        {row.crashCount > 0 && <Badge tone="loss">{count(row.crashCount)} in a row</Badge>}
      </span>
      {row.reason && (
        <p
          className={cx('mt-1 truncate text-xs', row.state === 'error' ? 'text-loss' : 'text-faint')}
          title={row.reason}
        >
          {row.reason}
        </p>
      )}
    </>
  )
}
