import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { CheckCheck, Hand, SearchX } from 'lucide-react'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { toast } from 'sonner'
import { canWith, whyNot } from '@/api/can'
import { actOnIncidents, type Incident, incidentCounts, incidents, useIncidentVerb } from '@/api/incidents'
import { sentenceOf } from '@/api/problem'
import { IncidentBar } from '@/components/alerts/incident-bar'
import { incidentsFile, isNarrowed, readIncidentFilters } from '@/components/alerts/incident-filters'
import { IncidentList } from '@/components/alerts/incident-list'
import { useLastLook } from '@/components/alerts/last-look'
import { CsvLink } from '@/components/csv-link'
import { Failure } from '@/components/failure'
import { useListKeys } from '@/components/journal/list-keys'
import { useNow } from '@/components/now'
import { useUrlState } from '@/components/search-params'
import { useMe } from '@/components/session'
import { IncidentResolveDialog } from '@/forms/incident-resolve'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { SkeletonRows } from '@/ui/skeleton'

export default function IncidentsPage() {
  const { params } = useUrlState()
  const filters = readIncidentFilters(params, useNow())
  const query = useInfiniteQuery(incidents(filters))
  const rows = query.data?.pages.flat() ?? []
  return (
    <>
      <IncidentBar filters={filters} />
      <Card bodyClassName="p-0">
        {query.isPending ? (
          <SkeletonRows />
        ) : query.error && rows.length === 0 ? (
          <Failure error={query.error} onRetry={() => void query.refetch()} />
        ) : rows.length === 0 ? (
          <Nothing isFiltered={isNarrowed(filters)} />
        ) : (
          <Rows rows={rows} file={incidentsFile(filters)} />
        )}
        {query.hasNextPage && (
          <div className="flex justify-center border-line border-t p-3">
            <Button isBusy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              Show older
            </Button>
          </div>
        )}
      </Card>
    </>
  )
}

function Rows({ rows, file }: { rows: readonly Incident[]; file: string }) {
  const reason = whyNot(canWith('deploy', useMe()))
  const lastLook = useLastLook()
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set())
  const [isAsking, setAsking] = useState(false)
  const take = useIncidentVerb((ids: string[]) => actOnIncidents({ ids, act: 'acknowledge', text: '' }))
  // What is gone meanwhile is no longer chosen.
  const chosen = rows.filter(row => marked.has(row.id) && row.state !== 'resolved').map(row => row.id)
  const mark = (id: string, isOn: boolean) =>
    setMarked(before => new Set(isOn ? [...before, id] : [...before].filter(one => one !== id)))
  const acknowledge = (ids: string[]) => {
    if (reason || ids.length === 0) return
    take.mutate(ids, {
      onSuccess: ({ changed }) => {
        toast.success(changed === 1 ? '1 incident is acknowledged' : `${changed} incidents are acknowledged`)
        setMarked(new Set())
      },
      onError: error => toast.error(sentenceOf(error)),
    })
  }
  const cursor = useCursor(rows, {
    x: row => mark(row.id, !marked.has(row.id)),
    e: row => acknowledge([row.id]),
  })
  const isAll = chosen.length > 0 && chosen.length === rows.filter(row => row.state !== 'resolved').length
  return (
    <>
      <div className="sticky top-14 z-10 flex min-h-12 flex-wrap items-center gap-2 rounded-t-xl border-line border-b bg-surface px-4 py-1.5 lg:top-0">
        <label className="mr-auto flex items-center gap-3 text-muted text-sm">
          <input
            type="checkbox"
            checked={isAll}
            onChange={() => setMarked(new Set(isAll ? [] : rows.map(row => row.id)))}
            className="size-4 accent-(--accent-strong)"
          />
          {chosen.length === 0 ? 'Choose all' : `${chosen.length} chosen`}
        </label>
        {chosen.length > 0 && (
          <>
            <Button
              size="sm"
              isBusy={take.isPending}
              disabledReason={reason}
              onClick={() => acknowledge(chosen)}
            >
              <Hand /> Acknowledge {chosen.length}
            </Button>
            <Button size="sm" disabledReason={reason} onClick={() => setAsking(true)}>
              <CheckCheck /> Resolve {chosen.length}
            </Button>
          </>
        )}
        <CsvLink href={file} what="These incidents" />
      </div>
      <IncidentList rows={rows} chosen={marked} onChoose={mark} cursor={cursor} lastLook={lastLook} />
      <IncidentResolveDialog
        ids={chosen}
        isOpen={isAsking}
        onClose={() => setAsking(false)}
        onDone={() => setMarked(new Set())}
      />
    </>
  )
}

/** Walk the list by keys; return where one stands. */
function useCursor(rows: readonly Incident[], acts: Record<string, (row: Incident) => void>): string | null {
  const navigate = useNavigate()
  const [cursor, setCursor] = useState<string | null>(null)
  const at = rows.findIndex(row => row.id === cursor)
  const row = rows[at]
  useListKeys({
    onMove: step => {
      const next = rows[Math.min(rows.length - 1, Math.max(0, at + step))]
      if (!next) return
      setCursor(next.id)
      document.querySelector(`[data-incident="${next.id}"]`)?.scrollIntoView({ block: 'nearest' })
    },
    onOpen: () => row && void navigate(`/alerts/incidents/${row.id}`),
    others: Object.fromEntries(Object.entries(acts).map(([key, act]) => [key, () => row && act(row)])),
  })
  return cursor
}

function Nothing({ isFiltered }: { isFiltered: boolean }) {
  const lasting = useQuery(incidentCounts()).data
  if (isFiltered) {
    return (
      <EmptyState icon={SearchX} title="No incident like that">
        Nothing of the kind happened then. Widen the filters.
      </EmptyState>
    )
  }
  return (
    <EmptyState icon={CheckCheck} title="Nothing is wrong">
      {lasting?.kinds.length ? 'All that happened is resolved.' : 'What goes wrong appears here, at once.'}
    </EmptyState>
  )
}
