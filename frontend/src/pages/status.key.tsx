import { useQuery } from '@tanstack/react-query'
import { CircleAlert, CircleCheck, Link2Off, TriangleAlert } from 'lucide-react'
import { useParams } from 'react-router'
import { ApiError } from '@/api/problem'
import { type PublicStatus, publicStatus } from '@/api/status-pages'
import { Failure } from '@/components/failure'
import { Logo } from '@/components/logo'
import { Ago, Moment } from '@/components/moment'
import { Badge } from '@/ui/badge'
import { Card } from '@/ui/card'
import { cx } from '@/ui/cx'
import { EmptyState } from '@/ui/empty-state'
import { Skeleton } from '@/ui/skeleton'

/** How a fleet is, for everybody who has the address; nobody need sign in. */
export default function StatusPage() {
  const { key = '' } = useParams()
  const { data, error, refetch } = useQuery(publicStatus(key))
  const isGone = error instanceof ApiError && error.status === 404
  return (
    <div className="min-h-dvh">
      <title>{`${data?.title ?? 'Status'} · metafleet`}</title>
      <meta name="robots" content="noindex, nofollow" />
      <meta name="referrer" content="no-referrer" />
      <main className="mx-auto w-full max-w-3xl space-y-5 px-4 py-8 sm:px-6">
        {isGone ? (
          <EmptyState icon={Link2Off} title="There is no such page" className="py-28">
            Its owner revoked it, or the address was copied incompletely.
          </EmptyState>
        ) : data ? (
          <Shown page={data} />
        ) : error ? (
          <Failure error={error} onRetry={() => void refetch()} className="py-20" />
        ) : (
          <Skeleton className="h-64 w-full rounded-xl" />
        )}
        <footer className="pt-4 opacity-70">
          <Logo />
        </footer>
      </main>
    </div>
  )
}

const STATES = {
  operational: { label: 'Operational', icon: CircleCheck, look: 'bg-profit-soft text-profit' },
  degraded: { label: 'Degraded', icon: TriangleAlert, look: 'bg-warn-soft text-warn' },
  incident: { label: 'Incident', icon: CircleAlert, look: 'bg-loss-soft text-loss' },
} as const

const TONES = { info: 'accent', warning: 'warn', critical: 'loss' } as const

function Shown({ page }: { page: PublicStatus }) {
  const { label, icon: Icon, look } = STATES[page.state]
  return (
    <>
      <h1 className="break-words font-semibold text-2xl text-ink">{page.title}</h1>
      <p className={cx('flex items-center gap-3 rounded-xl p-4 font-semibold text-lg', look)}>
        <Icon aria-hidden /> {label}
      </p>
      <p className="text-muted text-sm">
        {page.running} of {page.eas} EAs run{page.failing > 0 && `, ${page.failing} failed`}. As of{' '}
        <Moment at={page.at} />.
      </p>
      <Card title="Open incidents">
        {page.incidents.length === 0 ? (
          <p className="text-muted text-sm">None.</p>
        ) : (
          <ul className="space-y-2">
            {page.incidents.map(row => (
              <li key={`${row.kind} ${row.openedAt}`} className="flex flex-wrap items-center gap-2 text-sm">
                <Badge tone={TONES[row.severity]}>{row.severity}</Badge>
                <span className="text-ink first-letter:uppercase">{row.kind.replaceAll('_', ' ')}</span>
                {row.about && <span className="text-muted">{row.about}</span>}
                <span className="text-faint text-xs">
                  since <Ago at={row.openedAt} />
                  {row.isAcknowledged && ', somebody looks at it'}
                </span>
              </li>
            ))}
          </ul>
        )}
      </Card>
      <Card title="Last 90 days" hint="UTC">
        <Days days={page.days} />
      </Card>
    </>
  )
}

const FILLS = { info: 'bg-accent', warning: 'bg-warn', critical: 'bg-loss' } as const

/** A bar a day, in the colour of the gravest that was open in it. */
function Days({ days }: { days: PublicStatus['days'] }) {
  const calm = days.filter(day => day.worst === null || day.worst === 'info').length
  return (
    <div
      role="img"
      aria-label={`${calm} of ${days.length} days without a warning`}
      className="flex h-10 items-stretch gap-px sm:gap-0.5"
    >
      {days.map(day => (
        <span
          key={day.day}
          title={`${day.day}: ${day.worst ?? 'no incident recorded'}`}
          className={cx('min-w-0 flex-1 rounded-sm', day.worst ? FILLS[day.worst] : 'bg-profit opacity-60')}
        />
      ))}
    </div>
  )
}
