import { Search } from 'lucide-react'
import type { ReactNode } from 'react'
import type { AuditEntry } from '@/api/records'
import { actionLook, shownValue, viaWords } from '@/components/audit-words'
import { Moment } from '@/components/moment'
import { Button } from '@/ui/button'
import { Copyable } from '@/ui/copyable'
import { Dialog } from '@/ui/dialog'
import { Facts } from '@/ui/facts'

interface Props {
  entry: AuditEntry | undefined
  onClose: () => void
  onSubject: (id: string) => void
}

/** All that is known of one deed. */
export function EntryDrawer({ entry, onClose, onSubject }: Props) {
  return (
    <Dialog
      kind="drawer"
      isOpen={entry !== undefined}
      onClose={onClose}
      title={entry ? `${actionLook(entry.action).words} ${entry.subject}` : 'Entry'}
    >
      {entry && <Details entry={entry} onSubject={onSubject} />}
    </Dialog>
  )
}

function Details({ entry, onSubject }: { entry: AuditEntry; onSubject: (id: string) => void }) {
  const { subjectId } = entry
  return (
    <>
      <Part title="Who and from where">
        <Facts facts={whence(entry)} />
      </Part>
      {Object.keys(entry.changes).length > 0 && (
        <Part title="Before and after">
          <Changes changes={entry.changes} />
        </Part>
      )}
      {Object.keys(entry.detail).length > 0 && (
        <Part title="Details">
          <Facts
            facts={Object.entries(entry.detail).map(([name, value]) => [
              name,
              <span key={name} className="whitespace-normal break-words">
                {shownValue(value)}
              </span>,
            ])}
          />
        </Part>
      )}
      <Part title="Its place in the record">
        <Facts facts={place(entry)} />
      </Part>
      {subjectId && (
        <Button className="mt-5 w-full" onClick={() => onSubject(subjectId)}>
          <Search /> All that was done to it
        </Button>
      )}
    </>
  )
}

type Fact = readonly [label: string, value: ReactNode]

function whence({ actor, at, origin }: AuditEntry): Fact[] {
  const agent = String(origin.userAgent ?? '')
  const requestId = String(origin.requestId ?? '')
  return [
    ['Who', <Wrapped key="who">{actor}</Wrapped>],
    ['When', <Moment key="when" at={at} />],
    ['Came by', viaWords(origin) || 'not known'],
    ['Address', String(origin.address ?? '—')],
    ...(agent ? [['Browser', <Wrapped key="agent">{agent}</Wrapped>] as const] : []),
    ...(requestId ? [['Request', <Copyable key="id" label="request id" text={requestId} />] as const] : []),
  ]
}

function place({ sequence, hash, action }: AuditEntry): Fact[] {
  return [
    ['Number', sequence === null ? 'not yet given' : sequence.toLocaleString('en')],
    ['Hash', hash ? <Copyable key="hash" label="hash" text={hash} shown={`${hash.slice(0, 16)}…`} /> : '—'],
    ['Action', <code key="action">{action}</code>],
  ]
}

function Changes({ changes }: { changes: Record<string, unknown> }) {
  return (
    <ul className="divide-y divide-line">
      {Object.entries(changes).map(([name, pair]) => {
        const [before, after] = Array.isArray(pair) ? pair : [null, pair]
        return (
          <li key={name} className="py-2 text-sm">
            <p className="text-muted">{name}</p>
            <p className="mt-0.5 break-words">
              <span className="text-faint line-through">{shownValue(before)}</span>
              <span aria-hidden className="px-2 text-faint">
                →
              </span>
              <span className="sr-only"> became </span>
              <span className="font-medium text-ink">{shownValue(after)}</span>
            </p>
          </li>
        )
      })}
    </ul>
  )
}

function Wrapped({ children }: { children: string }) {
  return <span className="whitespace-normal break-words">{children}</span>
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="mt-5 first:mt-0">
      <h3 className="mb-1 font-medium text-faint text-xs uppercase tracking-wide">{title}</h3>
      {children}
    </section>
  )
}
