import { useQuery } from '@tanstack/react-query'
import { SquareTerminal } from 'lucide-react'
import { instanceCommands } from '@/api/queries'
import type { Command, Instance } from '@/api/records'
import { Loaded } from '@/components/loaded'
import { Moment } from '@/components/moment'
import { StateBadge } from '@/components/state-badge'
import { COMMAND_STATES } from '@/components/states'
import { duration } from '@/format/age'
import { EmptyState } from '@/ui/empty-state'
import { Table, Td, Th, Tr } from '@/ui/table'

const WORDS: Record<string, string> = {
  PAUSE: 'Pause',
  RESUME: 'Resume',
  STOP: 'Stop',
  CONFIGURE: 'New inputs',
  CLOSE_ALL: 'Close all positions',
  PING: 'Ping',
  SYNC_TRADES: 'Send trades again',
}

/** What was asked of its terminal, and what came of it. */
export function CommandsTab({ instance }: { instance: Instance }) {
  const query = useQuery(instanceCommands(instance.id))
  return (
    <Loaded query={query}>
      {rows =>
        rows.length === 0 ? (
          <EmptyState icon={SquareTerminal} title="Nothing was asked of it yet">
            Pause, resume, stop and new inputs leave their trace here.
          </EmptyState>
        ) : (
          <CommandTable rows={rows} />
        )
      }
    </Loaded>
  )
}

function CommandTable({ rows }: { rows: readonly Command[] }) {
  return (
    <Table label="Commands">
      <thead>
        <tr>
          <Th>Asked</Th>
          <Th>Command</Th>
          <Th>State</Th>
          <Th>By</Th>
          <Th isNumber>Took</Th>
          <Th>Answer</Th>
        </tr>
      </thead>
      <tbody>
        {rows.map(row => (
          <Tr key={row.id}>
            <Td className="whitespace-nowrap text-muted">
              <Moment at={row.createdAt} />
            </Td>
            <Td className="font-medium">{WORDS[row.type] ?? row.type}</Td>
            <Td>
              <StateBadge look={COMMAND_STATES[row.state]} />
            </Td>
            <Td className="text-muted">{actorWords(row.requestedBy)}</Td>
            <Td isNumber className="text-muted">
              {took(row)}
            </Td>
            <Td className="max-w-80 truncate text-muted" title={row.error}>
              {row.error || '—'}
            </Td>
          </Tr>
        ))}
      </tbody>
    </Table>
  )
}

function took(row: Command): string {
  if (!row.finishedAt) return '—'
  return duration((Date.parse(row.finishedAt) - Date.parse(row.createdAt)) / 1000)
}

/** `system:fleet` is the platform itself, doing what was wanted. */
export function actorWords(actor: string): string {
  return actor.startsWith('system:') ? 'metafleet' : actor
}
