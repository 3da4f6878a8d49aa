import { CircleAlert, History } from 'lucide-react'
import type { InstanceDetail, Run } from '@/api/records'
import { CsvLink } from '@/components/csv-link'
import { ReceiptCard } from '@/components/instance/receipt-card'
import { Moment } from '@/components/moment'
import { StateBadge } from '@/components/state-badge'
import { type Look, RUN_STATES } from '@/components/states'
import { duration } from '@/format/age'
import { percent } from '@/format/percent'
import { EmptyState } from '@/ui/empty-state'
import { Table, Td, Th, Tr } from '@/ui/table'

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
      <div className="flex items-center justify-between gap-3 px-4 pt-3 pb-1">
        <p className="text-faint text-xs">The newest 20 runs at most; the CSV has all of them.</p>
        <CsvLink href={`/api/instances/${instance.id}/runs.csv`} what="Runs" />
      </div>
      <RunTable runs={instance.runs} instanceId={instance.id} />
    </>
  )
}

function RunTable({ runs, instanceId }: { runs: readonly Run[]; instanceId: string }) {
  return (
    <Table label="Runs">
      <thead>
        <tr>
          <Th>Generation</Th>
          <Th>State</Th>
          <Th>Receipt</Th>
          <Th>Version</Th>
          <Th>Where</Th>
          <Th>Started</Th>
          <Th>First heartbeat</Th>
          <Th>Ended</Th>
          <Th isNumber>Lived</Th>
          <Th isNumber>CPU</Th>
          <Th isNumber>Memory</Th>
          <Th>Why it ended</Th>
        </tr>
      </thead>
      <tbody>
        {runs.map(run => (
          <Tr key={run.id}>
            <Td className="num">{run.generation}</Td>
            <Td>
              <StateBadge look={lookOf(run)} />
            </Td>
            <Td>
              {run.hasReceipt ? (
                <a
                  href={`/api/instances/${instanceId}/receipt?generation=${run.generation}`}
                  download
                  aria-label={`Receipt of generation ${run.generation}`}
                  className="rounded text-accent hover:underline"
                >
                  Download
                </a>
              ) : (
                <span className="text-faint">—</span>
              )}
            </Td>
            <Td className="num text-muted">{run.version ?? '—'}</Td>
            <Td className="max-w-40 truncate text-muted" title={run.host}>
              {run.host ? `${run.driver} on ${run.host}` : run.driver}
            </Td>
            <Td className="whitespace-nowrap">
              <Moment at={run.startedAt} />
            </Td>
            <Td className="whitespace-nowrap">
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
            <Td className="max-w-72 truncate text-muted" title={run.endReason}>
              {run.endReason || '—'}
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
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
