import { useQuery } from '@tanstack/react-query'
import { ChartLine, Link2Off } from 'lucide-react'
import { type ReactNode, useMemo } from 'react'
import { Link, useParams } from 'react-router'
import { publicPage } from '@/api/journal-queries'
import type { PublicPage } from '@/api/journal-records'
import { ApiError } from '@/api/problem'
import { PLATFORMS } from '@/components/account/account-table'
import { Failure } from '@/components/failure'
import { hundredths } from '@/components/journal/figures'
import { Growth, PublicCalendar, PublicTrades } from '@/components/journal/public-parts'
import { Logo } from '@/components/logo'
import { Moment } from '@/components/moment'
import { duration } from '@/format/age'
import { money } from '@/format/money'
import { percent, ratio } from '@/format/percent'
import { count } from '@/format/volume'
import { Badge } from '@/ui/badge'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Facts } from '@/ui/facts'
import { LinesChart } from '@/ui/lines-chart'
import { Multiple } from '@/ui/multiple'
import { Profit } from '@/ui/profit'
import { Skeleton } from '@/ui/skeleton'
import { Stat, StatStrip } from '@/ui/stat'

/** An account as its owner shows it to everybody who has the link; nobody need sign in. */
export default function SharePage() {
  const { key = '' } = useParams()
  const { data, error, refetch } = useQuery(publicPage(key))
  const isGone = error instanceof ApiError && error.status === 404
  return (
    <Frame title={data?.title ?? (isGone ? 'No longer shared' : 'Shared results')}>
      {data ? (
        <Shown page={data} />
      ) : isGone ? (
        <EmptyState icon={Link2Off} title="This page is no longer shared" className="py-28">
          Its owner revoked the link, or it was copied incompletely. Ask whoever gave it to you for a new one.
        </EmptyState>
      ) : error ? (
        <Failure error={error} onRetry={() => void refetch()} className="py-20" />
      ) : (
        <div role="status" aria-label="Loading" className="space-y-5">
          <Skeleton className="h-16 w-72" />
          <Skeleton className="h-18 w-full rounded-xl" />
          <Skeleton className="h-96 w-full rounded-xl" />
        </div>
      )}
    </Frame>
  )
}

function Frame({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col">
      <title>{`${title} · metafleet`}</title>
      <meta name="robots" content="noindex, nofollow" />
      <meta name="referrer" content="no-referrer" />
      <header className="border-line border-b bg-surface">
        <div className="mx-auto flex h-14 w-full max-w-6xl items-center justify-between px-4 sm:px-6">
          <Logo />
          <Link to="/" className="rounded text-muted text-sm hover:text-ink">
            Open metafleet
          </Link>
        </div>
      </header>
      <main className="mx-auto w-full max-w-6xl flex-1 px-4 py-6 sm:px-6">{children}</main>
      <footer className="mx-auto w-full max-w-6xl px-4 pb-8 text-faint text-xs sm:px-6">
        Read-only, from the account’s own deals. Trading can lose money; past results promise nothing.
      </footer>
    </div>
  )
}

function Shown({ page }: { page: PublicPage }) {
  const { statistics: all, currency } = page
  return (
    <div className="space-y-5">
      <div>
        <div className="flex flex-wrap items-center gap-3">
          <h1 className="font-semibold text-2xl tracking-tight">{page.title || 'Shared results'}</h1>
          <Badge>{PLATFORMS[page.platform]}</Badge>
        </div>
        <p className="num mt-1 text-muted text-sm">
          {page.since && (
            <>
              Trading since <Moment at={page.since} />,{' '}
            </>
          )}
          last change <Moment at={page.updatedAt} />
        </p>
      </div>
      <StatStrip>
        <Stat label="Growth" value={<Growth value={page.growthPercent} className="text-xl" />} />
        <Stat label="Deepest drawdown" value={hundredths(all.balanceDrawdownRelativePercent)} />
        <Stat
          label="Won"
          value={hundredths(all.profitTradesPercent)}
          note={`of ${count(all.trades)} trades`}
        />
        <Stat label="Profit factor" value={ratio(all.profitFactor)} />
        <Stat label="Sharpe" value={ratio(all.sharpeRatio)} />
        {currency && all.netProfit !== null ? (
          <Stat
            label="Net profit"
            value={<Profit value={all.netProfit} currency={currency} />}
            note={`balance ${money(all.balance, currency)}`}
          />
        ) : (
          <Stat label="Average R" value={<Multiple value={all.averageR} />} />
        )}
      </StatStrip>
      <GrowthCurve page={page} />
      <div className="grid gap-5 lg:grid-cols-2">
        <Card title="Days" hint="growth of the balance, UTC">
          <PublicCalendar days={page.days} />
        </Card>
        <Card title="Statistics" bodyClassName="pb-2">
          <Facts
            facts={[
              ['Long trades (won)', `${count(all.longTrades)} (${hundredths(all.longWonPercent)})`],
              ['Short trades (won)', `${count(all.shortTrades)} (${hundredths(all.shortWonPercent)})`],
              ['Sortino ratio', ratio(all.sortinoRatio)],
              ['Recovery factor', ratio(all.recoveryFactor)],
              ['Most wins in a row', count(all.maxConsecutiveWins)],
              ['Most losses in a row', count(all.maxConsecutiveLosses)],
              ['Held on average', duration(all.averageDurationS)],
              ['Average R', <Multiple key="r" value={all.averageR} />],
            ]}
          />
        </Card>
      </div>
      <Card title="Last trades" bodyClassName="px-0 pb-1">
        {page.trades.length === 0 ? (
          <EmptyState icon={ChartLine} title="No trade yet" />
        ) : (
          <PublicTrades trades={page.trades} currency={currency} />
        )}
      </Card>
    </div>
  )
}

/** An axis of hundreds of percent needs no decimals. */
const asPercent = (value: number): string =>
  Math.abs(value) < 100 ? percent(value / 100, 2) : `${count(Math.round(value))} %`

function GrowthCurve({ page }: { page: PublicPage }) {
  const lines = useMemo(
    () => [
      {
        key: 'growth',
        colour: 0,
        dots: page.curve.map(point => ({
          time: Math.floor(Date.parse(point.at) / 1000),
          value: point.growthPercent,
        })),
      },
    ],
    [page.curve],
  )
  return (
    <Card title="Growth" hint="deposits and withdrawals left out" bodyClassName="px-2 pb-2">
      {page.curve.length < 2 ? (
        <EmptyState icon={ChartLine} title="No curve yet" className="h-80">
          It begins with the second trade that closes.
        </EmptyState>
      ) : (
        <LinesChart lines={lines} format={asPercent} label="Growth over time" className="h-80 sm:h-96" />
      )}
    </Card>
  )
}
