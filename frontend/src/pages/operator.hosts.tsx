import { useQuery } from '@tanstack/react-query'
import { ServerOff } from 'lucide-react'
import { hosts } from '@/api/operator-queries'
import type { Host } from '@/api/operator-records'
import { Loaded } from '@/components/loaded'
import { Ago } from '@/components/moment'
import { HostMenu } from '@/components/operator/host-menu'
import { ShareBar } from '@/components/operator/share-bar'
import { dollars, HOST_STATES, memory } from '@/components/operator/words'
import { useUrlState } from '@/components/search-params'
import { StateBadge } from '@/components/state-badge'
import { count } from '@/format/volume'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Segmented } from '@/ui/segmented'
import { Table, Td, Th, Tr } from '@/ui/table'

const SHOWN = [
  { value: 'standing', label: 'Standing' },
  { value: 'all', label: 'With those that are gone' },
] as const

export default function OperatorHostsPage() {
  const { params, change } = useUrlState()
  const isAll = params.get('show') === 'all'
  const query = useQuery(hosts(isAll))
  return (
    <>
      <div className="mb-4 flex flex-wrap items-center justify-between gap-3">
        <Segmented
          label="Hosts"
          options={SHOWN}
          value={isAll ? 'all' : 'standing'}
          onChange={value => change({ show: value === 'all' ? 'all' : null })}
        />
        {query.data && (
          <p className="text-faint text-xs">
            An EA is planned with {query.data.typical.cpu.toFixed(2)} cores and{' '}
            {memory(query.data.typical.memoryMb)}: what EAs were measured to use, and a quarter more.
          </p>
        )}
      </div>
      <Card bodyClassName="p-0">
        <Loaded query={query}>
          {({ hosts: rows }) => (rows.length === 0 ? <NoHosts /> : <HostTable rows={rows} />)}
        </Loaded>
      </Card>
    </>
  )
}

function NoHosts() {
  return (
    <EmptyState icon={ServerOff} title="No host has registered yet">
      The driver’s machines register within fifteen seconds of the worker’s start. If none does, look at the
      worker’s log.
    </EmptyState>
  )
}

function HostTable({ rows }: { rows: readonly Host[] }) {
  return (
    <>
      <Table label="Hosts" className="max-md:hidden">
        <thead>
          <tr>
            <Th>Host</Th>
            <Th>State</Th>
            <Th isNumber>EAs</Th>
            <Th isNumber>Room</Th>
            <Th>Planned</Th>
            <Th>Processor</Th>
            <Th>Memory</Th>
            <Th isNumber>An hour</Th>
            <Th>Heard</Th>
            <Th />
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <HostRow key={row.id} host={row} />
          ))}
        </tbody>
      </Table>
      <ul className="divide-y divide-line md:hidden">
        {rows.map(row => (
          <HostCard key={row.id} host={row} />
        ))}
      </ul>
    </>
  )
}

/** Of its parts, those that are exchanged while EAs run; the rest is the tooltip’s. */
const SHOWN_PARTS: readonly string[] = ['engine', 'agent', 'image']

function HostName({ host }: { host: Host }) {
  const parts = Object.entries(host.versions)
  const versions = parts.map(([part, version]) => `${part} ${version}`)
  const shown = versions.filter((_, at) => SHOWN_PARTS.includes(parts[at]?.[0] ?? ''))
  return (
    <div className="min-w-0" title={versions.join('\n')}>
      <p className="truncate font-medium text-ink">{host.name}</p>
      <p className="truncate text-faint text-xs">
        {[host.driver, host.group, `${host.cpu} cores`, memory(host.memoryMb)].filter(Boolean).join(' · ')}
      </p>
      {shown.length > 0 && <p className="truncate text-faint text-xs">{shown.join(' · ')}</p>}
    </div>
  )
}

const share = (part: number | null, whole: number): number | null => (part === null ? null : part / whole)

function HostRow({ host }: { host: Host }) {
  return (
    <Tr>
      <Td className="max-w-64">
        <HostName host={host} />
      </Td>
      <Td>
        <StateBadge look={HOST_STATES[host.state]} />
        {host.stateReason && (
          <p className="mt-0.5 max-w-56 truncate text-faint text-xs" title={host.stateReason}>
            {host.stateReason}
          </p>
        )}
      </Td>
      <Td isNumber>{count(host.eas)}</Td>
      <Td isNumber>{count(host.room)}</Td>
      <Td>
        <ShareBar label="Planned for EAs" share={host.filled} />
      </Td>
      <Td>
        <ShareBar label="Processor in use" share={share(host.cpuPercent, 100)} />
      </Td>
      <Td>
        <ShareBar
          label="Memory in use"
          share={share(host.memoryUsedMb, host.memoryMb)}
          text={memory(host.memoryUsedMb)}
        />
      </Td>
      <Td isNumber>{dollars(host.usdPerHour)}</Td>
      <Td className="num whitespace-nowrap text-faint text-xs">
        {host.seenAt ? <Ago at={host.seenAt} /> : 'never'}
      </Td>
      <Td className="text-right">
        <HostMenu host={host} />
      </Td>
    </Tr>
  )
}

function HostCard({ host }: { host: Host }) {
  return (
    <li className="px-4 py-3">
      <div className="flex items-start gap-3">
        <div className="min-w-0 flex-1">
          <HostName host={host} />
        </div>
        <StateBadge look={HOST_STATES[host.state]} />
        <HostMenu host={host} />
      </div>
      {host.stateReason && <p className="mt-1 text-faint text-xs">{host.stateReason}</p>}
      <div className="num mt-2 flex flex-wrap gap-x-4 gap-y-1 text-muted text-xs">
        <span>
          {count(host.eas)} EAs, {count(host.room)} more fit
        </span>
        <span>CPU {host.cpuPercent === null ? '—' : `${Math.round(host.cpuPercent)} %`}</span>
        <span>RAM {memory(host.memoryUsedMb)}</span>
        <span>{dollars(host.usdPerHour)} an hour</span>
      </div>
    </li>
  )
}
