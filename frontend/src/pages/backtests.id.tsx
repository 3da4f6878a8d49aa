import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from 'react-router'
import { type Backtest, backtest, backtestReport, isUnderWay } from '@/api/backtests'
import type { TestReport } from '@/api/test-report'
import { BacktestActions } from '@/components/backtest/actions'
import { EquityCard, PriceCard } from '@/components/backtest/charts'
import { FigureCards, FigureStrip } from '@/components/backtest/figures-cards'
import { nameOf } from '@/components/backtest/list'
import { LiveCard } from '@/components/backtest/live-card'
import { SeenNote } from '@/components/backtest/model-words'
import { MonthsCard } from '@/components/backtest/months-card'
import { BacktestProgress } from '@/components/backtest/progress'
import { SetupCard } from '@/components/backtest/setup-card'
import { BACKTEST_STATES } from '@/components/backtest/states'
import { TradesCard } from '@/components/backtest/trades-card'
import { dataWords, periodWords } from '@/components/backtest/words'
import { Loaded } from '@/components/loaded'
import { Page } from '@/components/page'
import { StateBadge } from '@/components/state-badge'
import { Callout } from '@/ui/callout'
import { Card } from '@/ui/card'
import { Skeleton } from '@/ui/skeleton'

const PARENT = { label: 'Backtests', to: '/backtests' }

export default function BacktestPage() {
  const { id = '' } = useParams()
  const query = useQuery(backtest(id))
  return (
    <Loaded
      query={query}
      skeleton={
        <Page title="Backtest" parent={PARENT}>
          <Skeleton className="h-96 w-full rounded-xl" />
        </Page>
      }
    >
      {row => <BacktestView key={row.id} row={row} />}
    </Loaded>
  )
}

function BacktestView({ row }: { row: Backtest }) {
  return (
    <Page
      title={`${BACKTEST_STATES[row.state].label} · ${nameOf(row)}`}
      heading={nameOf(row)}
      parent={PARENT}
      badge={<StateBadge look={BACKTEST_STATES[row.state]} />}
      lead={
        <>
          {periodWords(row)}. {dataWords(row.data)}.
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
      actions={<BacktestActions row={row} />}
    >
      <div className="space-y-5">
        {isUnderWay(row) && (
          <Card title={row.state === 'queued' ? 'It waits for its turn' : 'It is being tested'}>
            <BacktestProgress row={row} />
            <p className="mt-3 text-faint text-sm">
              You may leave this page: it goes on, and its report will be here.
            </p>
          </Card>
        )}
        {row.state === 'failed' && (
          <Callout tone="loss" title="Nothing came of it">
            {row.message} Change the setup and run it again.
          </Callout>
        )}
        {row.state === 'cancelled' && <Callout>{row.message}.</Callout>}
        {row.state === 'done' ? <Report row={row} /> : <SetupCard row={row} />}
      </div>
    </Page>
  )
}

function Report({ row }: { row: Backtest }) {
  const query = useQuery(backtestReport(row.id))
  return (
    <Loaded query={query} skeleton={<Skeleton className="h-[40rem] w-full rounded-xl" />}>
      {report => <ReportView row={row} report={report} />}
    </Loaded>
  )
}

function ReportView({ row, report }: { row: Backtest; report: TestReport }) {
  const { figures, currency } = report
  return (
    <>
      {row.model && (
        <SeenNote
          seen={row.model.seen}
          name={`${row.model.name} version ${row.model.number}`}
          trainedTo={row.model.trainedTo}
        />
      )}
      <FigureStrip all={figures} currency={currency} />
      <EquityCard report={report} />
      {row.instanceId && <LiveCard row={row} digits={report.bars?.digits ?? 5} />}
      <PriceCard report={report} />
      <FigureCards all={figures} currency={currency} />
      {report.before && report.forward && (
        <>
          <Card title="Before the forward period">
            <FigureStrip all={report.before} currency={currency} />
          </Card>
          <Card title="Forward period">
            <FigureStrip all={report.forward} currency={currency} />
          </Card>
        </>
      )}
      <MonthsCard report={report} />
      <TradesCard id={row.id} report={report} />
      <SetupCard row={row} notes={report.notes} />
      {report.log.length > 0 && (
        <Card title="Its log" hint={report.logLeftOut > 0 ? 'the last lines' : ''}>
          <pre className="max-h-72 overflow-auto text-muted text-xs leading-relaxed">
            {report.log.join('\n')}
          </pre>
        </Card>
      )}
    </>
  )
}
