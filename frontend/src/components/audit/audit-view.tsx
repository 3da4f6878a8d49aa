import { useInfiniteQuery } from '@tanstack/react-query'
import { ChevronRight, History, SearchX } from 'lucide-react'
import { auditEntries, type RecordOf } from '@/api/audit-queries'
import type { AuditEntry } from '@/api/records'
import { AuditBar } from '@/components/audit/audit-bar'
import { EntryDrawer } from '@/components/audit/entry-drawer'
import { isNarrowed, readAuditFilters } from '@/components/audit/filters'
import { actionLook, changePairs, detailPairs, unusualVia } from '@/components/audit-words'
import { Failure } from '@/components/failure'
import { Ago, Moment } from '@/components/moment'
import { useUrlState } from '@/components/search-params'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { SkeletonRows } from '@/ui/skeleton'

/** A record of who did what: narrowed by the URL, as far back as one reads, an entry opened beside it. */
export function AuditView({ of }: { of: RecordOf }) {
  const { params, change } = useUrlState()
  const filters = readAuditFilters(params)
  const query = useInfiniteQuery(auditEntries(of, filters))
  const rows = query.data?.pages.flat() ?? []
  const opened = rows.find(row => row.id === params.get('entry'))
  return (
    <>
      <AuditBar of={of} filters={filters} />
      <Card bodyClassName="p-0">
        {query.isPending ? (
          <SkeletonRows />
        ) : query.error && rows.length === 0 ? (
          <Failure error={query.error} onRetry={() => void query.refetch()} />
        ) : rows.length === 0 ? (
          <Nothing isFiltered={isNarrowed(filters)} />
        ) : (
          <ol className="divide-y divide-line">
            {rows.map(row => (
              <EntryRow key={row.id} row={row} onOpen={() => change({ entry: row.id }, 'push')} />
            ))}
          </ol>
        )}
        {query.hasNextPage && (
          <div className="flex justify-center border-line border-t p-3">
            <Button isBusy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              Show older
            </Button>
          </div>
        )}
      </Card>
      <EntryDrawer
        entry={opened}
        onClose={() => change({ entry: null })}
        onSubject={subject => change({ subject, entry: null }, 'push')}
      />
    </>
  )
}

function EntryRow({ row, onOpen }: { row: AuditEntry; onOpen: () => void }) {
  const { words, icon: Icon } = actionLook(row.action)
  const pairs = [...changePairs(row.changes), ...detailPairs(row.detail)]
  return (
    <li>
      <button
        type="button"
        onClick={onOpen}
        className="flex w-full gap-3 px-4 py-3 text-left outline-offset-[-2px] transition-colors hover:bg-hover"
      >
        <span className="mt-0.5 grid size-7 shrink-0 place-items-center rounded-lg bg-hover text-faint">
          <Icon aria-hidden className="size-3.5" />
        </span>
        <span className="min-w-0 flex-1">
          <span className="block text-sm">
            <span className="text-muted">{words}</span>{' '}
            <span className="break-words font-medium text-ink">{row.subject}</span>
          </span>
          <span className="mt-0.5 block truncate text-faint text-xs">
            {[row.actor, unusualVia(row.origin), ...pairs].filter(Boolean).join(' · ')}
          </span>
        </span>
        <span className="num shrink-0 text-right text-faint text-xs">
          <Moment at={row.at} className="block text-muted max-sm:hidden" />
          <Ago at={row.at} />
        </span>
        <ChevronRight aria-hidden className="mt-1.5 size-4 shrink-0 text-faint" />
      </button>
    </li>
  )
}

function Nothing({ isFiltered }: { isFiltered: boolean }) {
  return isFiltered ? (
    <EmptyState icon={SearchX} title="No entry like that">
      Nobody did such a thing in that time. Widen the filters.
    </EmptyState>
  ) : (
    <EmptyState icon={History} title="Nothing yet">
      What anyone does here leaves its trace.
    </EmptyState>
  )
}
