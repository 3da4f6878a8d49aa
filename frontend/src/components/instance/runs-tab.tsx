import { useQuery } from '@tanstack/react-query'
import { CircleAlert, History, SearchX } from 'lucide-react'
import { runsOf } from '@/api/history-queries'
import type { InstanceDetail, Run } from '@/api/records'
import { CsvLink } from '@/components/csv-link'
import { ReceiptCard } from '@/components/instance/receipt-card'
import { orderOf, readChoice, sortBy } from '@/components/list-choice'
import { Loaded } from '@/components/loaded'
import { Moment } from '@/components/moment'
import { useUrlState } from '@/components/search-params'
import { StateBadge } from '@/components/state-badge'
import { type Look, RUN_STATES } from '@/components/states'
import { duration } from '@/format/age'
import { percent } from '@/format/percent'
import { EmptyState } from '@/ui/empty-state'
import { Pager } from '@/ui/pager'
import { Segmented } from '@/ui/segmented'
import { Table, Td, Th, Tr } from '@/ui/table'

const STATES = [
  { value: 'all', label: 'All' },
  { value: 'living', label: 'Living' },
  { value: 'ended', label: 'Ended' },
  { value: 'crashed', label: 'Crashed' },
] as const

const KNOWN = {
  states: ['living', 'ended', 'crashed'],
  sorts: [
    '-generation',
    'generation',
    '-lived',
    'lived',
    '-cpu_percent',
    'cpu_percent',
    '-memory_mb',
    'memory_mb',
  ],
} as const

const A_PAGE = 20

/** The receipt, and every life of its process. */
export function RunsTab({ instance }: { instance: InstanceDetail }) {
  if (instance.runs.length === 0) {
    return (
      <EmptyState icon={History} title="It was not started yet">
        Each start is written down here, with how it ended.
      </EmptyState>
    )
  }
  return (
    <>
      {instance.receipt && (
        <div className="p-4">
          <ReceiptCard receipt={instance.receipt} instanceId={instance.id} />
        </div>
      )}
      <Runs instanceId={instance.id} />
    </>
  )
}

function Runs({ instanceId }: { instanceId: string }) {
  const { params, change } = useUrlState()
  const choice = readChoice(params, 'runs', KNOWN)
  const query = useQuery(runsOf(instanceId, { ...choice, pageSize: A_PAGE }))
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-3 px-4 pt-3 pb-1">
        <Segmented
          label="Runs"
          options={STATES}
          value={choice.state ?? 'all'}
          onChange={next => change({ 'runs-state': next === 'all' ? null : next, 'runs-page': null })}
        />
        <CsvLink href={`/api/instances/${instanceId}/runs.csv`} what="Runs" />
      </div>
      <Loaded query={query}>
        {page =>
          page.total === 0 ? (
            <EmptyState icon={SearchX} title="No run of that kind" className="py-8" />
          ) : (
            <>
              <RunTable
                runs={page.items}
                instanceId={instanceId}
                sort={choice.sort}
                onSort={key => change(sortBy('runs', choice.sort, key))}
              />
              <ul className="divide-y divide-line md:hidden">
                {page.items.map(run => (
                  <RunCard key={run.id} run={run} instanceId={instanceId} />
                ))}
              </ul>
              <Pager
                page={choice.page}
                pageSize={A_PAGE}
                total={page.total}
                onPage={next => change({ 'runs-page': String(next) }, 'push')}
              />
            </>
          )
        }
      </Loaded>
    </>
  )
}

interface TableProps {
  runs: readonly Run[]
  instanceId: string
  sort: string
  onSort: (key: string) => void
}

function RunTable({ runs, instanceId, sort, onSort }: TableProps) {
  const head = (key: string) => ({ onSort: () => onSort(key), order: orderOf(sort, key) })
  return (
    <Table label="Runs" className="max-md:hidden">
      <thead>
        <tr>
          <Th {...head('generation')}>Generation</Th>
          <Th>State</Th>
          <Th>Why it ended</Th>
          <Th>Receipt</Th>
          <Th>Version</Th>
          <Th>Where</Th>
          <Th>Started</Th>
          <Th className="hidden 2xl:table-cell">First heartbeat</Th>
          <Th>Ended</Th>
          <Th isNumber {...head('lived')}>
            Lived
          </Th>
          <Th isNumber {...head('cpu_percent')}>
            CPU
          </Th>
          <Th isNumber {...head('memory_mb')}>
            Memory
          </Th>
        </tr>
      </thead>
      <tbody>
        {runs.map(run => (
          <Tr key={run.id}>
            <Td className="num">{run.generation}</Td>
            <Td>
              <StateBadge look={lookOf(run)} />
            </Td>
            <Td className="min-w-44 max-w-52 text-muted text-xs 2xl:max-w-96" title={run.endReason}>
              <span className="line-clamp-2 break-words">{run.endReason || '—'}</span>
            </Td>
            <Td>
              {run.hasReceipt ? (
                <ReceiptLink run={run} instanceId={instanceId} words="Download" />
              ) : (
                <span className="text-faint">—</span>
              )}
            </Td>
            <Td className="num text-muted">{run.version ?? '—'}</Td>
            <Td className="max-w-28 truncate text-muted" title={`${run.driver} on ${run.host || '?'}`}>
              {run.host || run.driver}
            </Td>
            <Td className="whitespace-nowrap">
              <Moment at={run.startedAt} />
            </Td>
            <Td className="hidden whitespace-nowrap 2xl:table-cell">
              <Moment at={run.firstHeartbeatAt} />
            </Td>
            <Td className="whitespace-nowrap">
              <Moment at={run.endedAt} />
            </Td>
            <Td isNumber className="text-muted">
              {lived(run)}
            </Td>
            <Td isNumber className="text-muted">
              {run.cpuPercent === null ? '—' : percent(run.cpuPercent / 100)}
            </Td>
            <Td isNumber className="text-muted">
              {run.memoryMb === null ? '—' : `${run.memoryMb.toFixed(0)} MB`}
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  )
}

interface RunProps {
  run: Run
  instanceId: string
}

/** A run on a phone: what a table would hide beyond its edge. */
function RunCard({ run, instanceId }: RunProps) {
  return (
    <li className="px-4 py-3 text-sm">
      <div className="flex items-center justify-between gap-3">
        <p className="font-medium">
          Generation <span className="num">{run.generation}</span>
        </p>
        <StateBadge look={lookOf(run)} />
      </div>
      {run.endReason && <p className="mt-1 break-words text-muted">{run.endReason}</p>}
      <p className="num mt-1 text-faint text-xs">
        <Moment at={run.startedAt} /> · {run.version ?? '—'} · {run.host || run.driver}
        {run.endedAt && ` · lived ${lived(run)}`}
      </p>
      {run.hasReceipt && (
        <p className="mt-1 text-xs">
          <ReceiptLink run={run} instanceId={instanceId} words="Download the receipt" />
        </p>
      )}
    </li>
  )
}

function ReceiptLink({ run, instanceId, words }: RunProps & { words: string }) {
  return (
    <a
      href={`/api/instances/${instanceId}/receipt?generation=${run.generation}`}
      download
      aria-label={`Receipt of generation ${run.generation}`}
      className="rounded text-accent hover:underline"
    >
      {words}
    </a>
  )
}

const CRASHED: Look = {
  label: 'Crashed',
  tone: 'loss',
  icon: CircleAlert,
  says: 'It ended by itself, unasked.',
}
const UNKNOWN = { tone: 'neutral', icon: History, says: 'A state that this page does not know.' } as const

function lookOf(run: Run): Look {
  if (run.isCrash) return CRASHED
  return RUN_STATES[run.state] ?? { ...UNKNOWN, label: run.state }
}

function lived(run: Run): string {
  if (!run.startedAt || !run.endedAt) return '—'
  return duration((Date.parse(run.endedAt) - Date.parse(run.startedAt)) / 1000)
}
