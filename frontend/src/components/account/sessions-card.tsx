import { useQuery } from '@tanstack/react-query'
import { PlugZap, SearchX } from 'lucide-react'
import { type ConnectedTime, connectedTimeOf, sessionsOf, type TradingSession } from '@/api/history-queries'
import type { Account } from '@/api/records'
import { CsvLink } from '@/components/csv-link'
import { orderOf, readChoice, sortBy } from '@/components/list-choice'
import { Loaded } from '@/components/loaded'
import { Moment } from '@/components/moment'
import { useUrlState } from '@/components/search-params'
import { duration } from '@/format/age'
import { percent } from '@/format/percent'
import { utc } from '@/format/time'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Pager } from '@/ui/pager'
import { Segmented } from '@/ui/segmented'
import { Table, Td, Th, Tr } from '@/ui/table'

const RANGES = [
  { value: '1', label: 'Day' },
  { value: '7', label: 'Week' },
  { value: '30', label: '30 days' },
  { value: '365', label: 'Year' },
] as const

const STATES = [
  { value: 'all', label: 'All' },
  { value: 'open', label: 'Connected' },
  { value: 'ended', label: 'Ended' },
] as const

const KNOWN = {
  states: ['open', 'ended'],
  sorts: ['-started_at', 'started_at', '-seconds', 'seconds'],
} as const

const A_PAGE = 12

/** When terminals of the account were connected: a line of time with its gaps, and the list. */
export function SessionsCard({ account }: { account: Account }) {
  const { params, change } = useUrlState()
  const range = RANGES.find(item => item.value === params.get('days'))?.value ?? '7'
  const query = useQuery(connectedTimeOf(account.id, Number(range)))
  return (
    <Card
      title="Connected time"
      hint={query.data && words(query.data, account)}
      bodyClassName="px-0 pb-1"
      actions={
        <>
          <Segmented
            label="Days"
            options={RANGES}
            value={range}
            onChange={next => change({ days: next === '7' ? null : next, 'sessions-page': null })}
          />
          <CsvLink href={`/api/accounts/${account.id}/sessions.csv?days=${range}`} what="Sessions" />
        </>
      }
    >
      <Loaded query={query}>
        {found =>
          found.sessions.length === 0 ? (
            <EmptyState icon={PlugZap} title="No terminal was connected in these days" className="py-8">
              A session begins with a terminal’s first heartbeat.
            </EmptyState>
          ) : (
            <>
              <Timeline found={found} account={account} />
              <Sessions accountId={account.id} days={Number(range)} />
            </>
          )
        }
      </Loaded>
    </Card>
  )
}

/** Where the line begins: an account that is younger than the range had nothing to be connected before. */
function beginning(found: ConnectedTime, account: Account): number {
  const first = Math.min(
    ...found.sessions.map(row => Date.parse(row.startedAt)),
    Date.parse(account.createdAt),
  )
  return Math.max(Date.parse(found.since), first)
}

function words(found: ConnectedTime, account: Account): string {
  const all = (Date.parse(found.until) - beginning(found, account)) / 1000
  return `${duration(found.connectedS)}, ${percent(all > 0 ? found.connectedS / all : 0)} of the time`
}

function Timeline({ found, account }: { found: ConnectedTime; account: Account }) {
  const since = beginning(found, account)
  const length = Math.max(1, Date.parse(found.until) - since)
  const place = (at: number) => Math.min(100, Math.max(0, (100 * (at - since)) / length))
  return (
    <div className="px-4 pt-1 pb-3">
      <div
        role="img"
        aria-label={words(found, account)}
        className="relative h-6 overflow-hidden rounded-md bg-hover"
      >
        {found.sessions.map(row => {
          const from = place(Date.parse(row.startedAt))
          const to = place(Date.parse(row.endedAt ?? row.lastHeartbeatAt))
          return (
            <div
              key={row.id}
              title={`${row.terminal}: ${utc(new Date(row.startedAt))}, ${duration(row.seconds)}`}
              className="absolute inset-y-0 min-w-0.5 bg-profit/70"
              style={{ left: `${from}%`, width: `${to - from}%` }}
            />
          )
        })}
      </div>
      <div className="mt-1 flex justify-between text-faint text-xs">
        <Moment at={new Date(since).toISOString()} />
        <span>now</span>
      </div>
    </div>
  )
}

function Sessions({ accountId, days }: { accountId: string; days: number }) {
  const { params, change } = useUrlState()
  const choice = readChoice(params, 'sessions', KNOWN)
  const query = useQuery(sessionsOf(accountId, { ...choice, days, pageSize: A_PAGE }))
  return (
    <>
      <div className="px-4 pb-1">
        <Segmented
          label="Sessions"
          options={STATES}
          value={choice.state ?? 'all'}
          onChange={next => change({ 'sessions-state': next === 'all' ? null : next, 'sessions-page': null })}
        />
      </div>
      <Loaded query={query}>
        {page =>
          page.total === 0 ? (
            <EmptyState icon={SearchX} title="No session of that kind" className="py-8" />
          ) : (
            <>
              <SessionTable
                rows={page.items}
                sort={choice.sort}
                onSort={key => change(sortBy('sessions', choice.sort, key))}
              />
              <ul className="divide-y divide-line md:hidden">
                {page.items.map(row => (
                  <SessionItem key={row.id} row={row} />
                ))}
              </ul>
              <Pager
                page={choice.page}
                pageSize={A_PAGE}
                total={page.total}
                onPage={next => change({ 'sessions-page': String(next) }, 'push')}
              />
            </>
          )
        }
      </Loaded>
    </>
  )
}

interface TableProps {
  rows: readonly TradingSession[]
  sort: string
  onSort: (key: string) => void
}

function SessionTable({ rows, sort, onSort }: TableProps) {
  const head = (key: string) => ({ onSort: () => onSort(key), order: orderOf(sort, key) })
  return (
    <Table label="Sessions" className="max-md:hidden">
      <thead>
        <tr>
          <Th>Terminal</Th>
          <Th {...head('started_at')}>Began</Th>
          <Th>Ended</Th>
          <Th isNumber {...head('seconds')}>
            Length
          </Th>
          <Th>Why it ended</Th>
        </tr>
      </thead>
      <tbody>
        {rows.map(row => (
          <Tr key={row.id}>
            <Td className="max-w-48 truncate font-medium text-ink">{row.terminal || '—'}</Td>
            <Td className="whitespace-nowrap">
              <Moment at={row.startedAt} />
            </Td>
            <Td className="whitespace-nowrap">
              {row.endedAt ? <Moment at={row.endedAt} /> : <span className="text-profit">Connected</span>}
            </Td>
            <Td isNumber className="text-muted">
              {duration(row.seconds)}
            </Td>
            <Td className="max-w-72 truncate text-muted" title={row.endReason}>
              {row.endReason || '—'}
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  )
}

/** A session on a phone: what a table would hide beyond its edge. */
function SessionItem({ row }: { row: TradingSession }) {
  return (
    <li className="px-4 py-3 text-sm">
      <div className="flex items-center justify-between gap-3">
        <p className="min-w-0 truncate font-medium">{row.terminal || '—'}</p>
        <span className="num shrink-0 text-muted">{duration(row.seconds)}</span>
      </div>
      <p className="num mt-1 text-faint text-xs">
        <Moment at={row.startedAt} />
        {' – '}
        {row.endedAt ? <Moment at={row.endedAt} /> : <span className="text-profit">connected</span>}
      </p>
      {row.endReason && <p className="mt-1 break-words text-muted text-xs">{row.endReason}</p>}
    </li>
  )
}
