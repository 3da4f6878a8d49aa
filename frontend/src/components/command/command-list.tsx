import type { Command } from '@/api/records'
import { CommandActions } from '@/components/command/command-actions'
import { actorWords, commandWords, isCancelled, resultWords } from '@/components/command/words'
import { Moment } from '@/components/moment'
import { useNow } from '@/components/now'
import { StateBadge } from '@/components/state-badge'
import { CANCELLED, COMMAND_STATES } from '@/components/states'
import { duration } from '@/format/age'
import { countdown } from '@/format/zone'
import { cx } from '@/ui/cx'
import { Table, Td, Th, Tr } from '@/ui/table'

interface Props {
  rows: readonly Command[]
  /** Where one account is looked at, its name in every row says nothing. */
  hasOwner?: boolean
}

/** Commands, newest first: a table where there is room, cards on a phone. */
export function CommandList({ rows, hasOwner = true }: Props) {
  return (
    <>
      <div className="hidden md:block">
        <Table label="Commands">
          <thead>
            <tr>
              <Th>Asked</Th>
              <Th>Command</Th>
              {hasOwner && <Th>Account</Th>}
              <Th>State</Th>
              <Th>Result</Th>
              <Th>By</Th>
              <Th isNumber>Took</Th>
              <Th>
                <span className="sr-only">Actions</span>
              </Th>
            </tr>
          </thead>
          <tbody>
            {rows.map(row => (
              <CommandRow key={row.id} row={row} hasOwner={hasOwner} />
            ))}
          </tbody>
        </Table>
      </div>
      <ul className="divide-y divide-line md:hidden">
        {rows.map(row => (
          <CommandCard key={row.id} row={row} hasOwner={hasOwner} />
        ))}
      </ul>
    </>
  )
}

interface RowProps {
  row: Command
  hasOwner: boolean
}

function CommandRow({ row, hasOwner }: RowProps) {
  return (
    <Tr>
      <Td className="whitespace-nowrap text-muted">
        <Moment at={row.createdAt} />
      </Td>
      <Td className="whitespace-nowrap font-medium">{commandWords(row)}</Td>
      {hasOwner && <Td className="max-w-40 truncate text-muted">{row.accountLabel}</Td>}
      <Td className="whitespace-nowrap">
        <CommandState command={row} />
      </Td>
      <Td className="min-w-40 max-w-96">
        <Result command={row} />
      </Td>
      <Td className="max-w-44 truncate text-muted" title={row.requestedBy}>
        {actorWords(row.requestedBy)}
      </Td>
      <Td isNumber className="text-muted">
        {took(row)}
      </Td>
      <Td className="py-0 text-right">
        <CommandActions command={row} />
      </Td>
    </Tr>
  )
}

function CommandCard({ row, hasOwner }: RowProps) {
  return (
    <li className="px-4 py-3">
      <div className="flex items-start justify-between gap-3 text-sm">
        <p className="min-w-0 font-medium">{commandWords(row)}</p>
        <CommandState command={row} />
      </div>
      <p className="mt-1 text-sm">
        <Result command={row} />
      </p>
      <div className="mt-1.5 flex items-center justify-between gap-3">
        <p className="num min-w-0 truncate text-faint text-xs">
          <Moment at={row.createdAt} /> · {hasOwner ? row.accountLabel : actorWords(row.requestedBy)}
        </p>
        <CommandActions command={row} />
      </div>
    </li>
  )
}

function CommandState({ command }: { command: Command }) {
  const now = useNow()
  const left = command.expiresAt ? (Date.parse(command.expiresAt) - now) / 1000 : null
  return (
    <span className="inline-flex items-center gap-2">
      <StateBadge look={isCancelled(command) ? CANCELLED : COMMAND_STATES[command.state]} />
      {command.attempt > 1 && <span className="num text-faint text-xs">try {command.attempt}</span>}
      {command.state === 'queued' && left !== null && left > 0 && (
        <span
          className="num text-faint text-xs"
          title="Not delivered after that: a stale order is not executed."
        >
          ends in {countdown(left)}
        </span>
      )}
    </span>
  )
}

function Result({ command }: { command: Command }) {
  const isBad = command.state === 'failed' || (command.state === 'dead' && !isCancelled(command))
  const words = resultWords(command)
  if (!words) return <span className="text-faint">—</span>
  return (
    <span className={cx('num line-clamp-2 break-words', isBad ? 'text-loss' : 'text-muted')} title={words}>
      {words}
    </span>
  )
}

function took(row: Command): string {
  if (!row.finishedAt) return '—'
  return duration((Date.parse(row.finishedAt) - Date.parse(row.createdAt)) / 1000)
}
