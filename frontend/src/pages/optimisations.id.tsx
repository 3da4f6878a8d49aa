import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { Link, useParams } from 'react-router'
import { isSearching, type Optimisation, optimisation, searchReport, triesSoFar } from '@/api/optimisations'
import type { SearchReport } from '@/api/search-report'
import { BACKTEST_STATES } from '@/components/backtest/states'
import { dataWords } from '@/components/backtest/words'
import { Loaded } from '@/components/loaded'
import { OptimisationActions } from '@/components/optimisation/actions'
import { BestCard } from '@/components/optimisation/best-card'
import { FilesOf } from '@/components/optimisation/files'
import { FoldsCard } from '@/components/optimisation/folds-card'
import { MapCard } from '@/components/optimisation/map-card'
import { SearchProgress } from '@/components/optimisation/progress'
import { SearchCard } from '@/components/optimisation/search-card'
import { linesOf } from '@/components/optimisation/tries'
import { TriesCard } from '@/components/optimisation/tries-card'
import { methodName, nameOfSearch, timeOf } from '@/components/optimisation/words'
import { Page } from '@/components/page'
import { StateBadge } from '@/components/state-badge'
import { Callout } from '@/ui/callout'
import { Card } from '@/ui/card'
import { Skeleton } from '@/ui/skeleton'

const PARENT = { label: 'Optimisations', to: '/optimisations' }

export default function OptimisationPage() {
  const { id = '' } = useParams()
  const query = useQuery(optimisation(id))
  return (
    <Loaded
      query={query}
      skeleton={
        <Page title="Optimisation" parent={PARENT}>
          <Skeleton className="h-96 w-full rounded-xl" />
        </Page>
      }
    >
      {row => <OptimisationView key={row.id} row={row} />}
    </Loaded>
  )
}

function OptimisationView({ row }: { row: Optimisation }) {
  return (
    <Page
      title={`${BACKTEST_STATES[row.state].label} · ${nameOfSearch(row)}`}
      heading={nameOfSearch(row)}
      parent={PARENT}
      badge={<StateBadge look={BACKTEST_STATES[row.state]} />}
      lead={
        <>
          {methodName(row.search.method)}. {timeOf(row)}. {dataWords(row.data)}.
          {row.instanceId && (
            <>
              {' '}
              Of{' '}
              <Link to={`/instances/${row.instanceId}`} className="rounded hover:text-ink hover:underline">
                {row.instanceName}
              </Link>
            </>
          )}
        </>
      }
      actions={<OptimisationActions row={row} />}
    >
      <div className="space-y-5">
        {isSearching(row) && (
          <Card title={row.state === 'queued' ? 'It waits for its turn' : 'It is searching'}>
            <SearchProgress row={row} />
            <p className="mt-3 text-faint text-sm">
              You may leave this page: it goes on, and its report will be here.
            </p>
          </Card>
        )}
        {row.state === 'failed' && (
          <Callout tone="loss" title="Nothing came of it">
            {row.message} Change the search and run it again.
          </Callout>
        )}
        {row.state === 'cancelled' && <Callout>{row.message}.</Callout>}
        {row.state === 'done' && !row.best && (
          <Callout tone="warn" title="No try had a value">
            None of them traded as often as was asked. Search over other inputs or a longer time.
          </Callout>
        )}
        <BestCard row={row} />
        {row.state === 'done' ? <Report row={row} /> : <SoFar row={row} />}
      </div>
    </Page>
  )
}

function Report({ row }: { row: Optimisation }) {
  const query = useQuery(searchReport(row.id))
  return (
    <Loaded query={query} skeleton={<Skeleton className="h-[40rem] w-full rounded-xl" />}>
      {report => <ReportView row={row} report={report} />}
    </Loaded>
  )
}

function ReportView({ row, report }: { row: Optimisation; report: SearchReport }) {
  const lines = useMemo(() => linesOf(report), [report])
  return (
    <>
      <MapCard report={report} />
      {report.walkForward && <FoldsCard walked={report.walkForward} currency={row.setup.currency} />}
      <TriesCard row={row} lines={lines} title="Tries" actions={<FilesOf row={row} />} />
      <SearchCard row={row} notes={report.notes} />
    </>
  )
}

/** While it goes on, or where it was ended before: the best of those that were made. */
function SoFar({ row }: { row: Optimisation }) {
  const query = useQuery({ ...triesSoFar(row.id), ...(isSearching(row) ? {} : { refetchInterval: false }) })
  const varied = row.search.ranges.map(one => one.name)
  const lines = (query.data?.rows ?? []).map((one, at) => ({
    place: at + 1,
    inputs: Object.fromEntries(varied.map(name => [name, one.inputs[name] ?? ''])),
    value: one.value,
    figures: one.figures,
    forward: null,
    error: '',
  }))
  return (
    <>
      {lines.length > 0 && <TriesCard row={row} lines={lines} title="The best tries so far" />}
      <SearchCard row={row} />
    </>
  )
}
