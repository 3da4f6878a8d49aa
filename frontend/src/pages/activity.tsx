import { useQuery } from '@tanstack/react-query'
import { History } from 'lucide-react'
import { audit } from '@/api/queries'
import type { AuditEntry } from '@/api/records'
import { actionLook, detailPairs } from '@/components/audit-words'
import { Loaded } from '@/components/loaded'
import { Ago, Moment } from '@/components/moment'
import { Page } from '@/components/page'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'

const ENTRIES = 200

export default function ActivityPage() {
  const query = useQuery(audit(ENTRIES))
  return (
    <Page isNarrow title="Activity" lead="Who did what, newest first. Entries are never changed or removed.">
      <Card bodyClassName="p-0">
        <Loaded query={query}>
          {rows =>
            rows.length === 0 ? (
              <EmptyState icon={History} title="Nothing yet">
                What anyone does here leaves its trace.
              </EmptyState>
            ) : (
              <ol className="divide-y divide-line">
                {rows.map(row => (
                  <EntryRow key={`${row.at} ${row.action} ${row.subject}`} row={row} />
                ))}
              </ol>
            )
          }
        </Loaded>
      </Card>
    </Page>
  )
}

function EntryRow({ row }: { row: AuditEntry }) {
  const { words, icon: Icon } = actionLook(row.action)
  const pairs = detailPairs(row.detail)
  return (
    <li className="flex gap-3 px-4 py-3">
      <span className="mt-0.5 grid size-7 shrink-0 place-items-center rounded-lg bg-hover text-faint">
        <Icon aria-hidden className="size-3.5" />
      </span>
      <div className="min-w-0 flex-1">
        <p className="text-sm">
          <span className="text-muted">{words}</span>{' '}
          <span className="font-medium text-ink">{row.subject}</span>
        </p>
        <p className="mt-0.5 truncate text-faint text-xs">
          {row.actor}
          {pairs.length > 0 && <span title={pairs.join('\n')}> · {pairs.join(' · ')}</span>}
        </p>
      </div>
      <p className="num shrink-0 text-right text-faint text-xs">
        <Moment at={row.at} className="block text-muted max-sm:hidden" />
        <Ago at={row.at} />
      </p>
    </li>
  )
}
