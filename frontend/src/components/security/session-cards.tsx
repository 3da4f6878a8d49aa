import { useQuery } from '@tanstack/react-query'
import { CircleAlert, LogIn, MonitorSmartphone } from 'lucide-react'
import { toast } from 'sonner'
import { sentenceOf } from '@/api/problem'
import { endSessions, type OpenSession, openSessions, signIns } from '@/api/security'
import { Loaded } from '@/components/loaded'
import { Ago, Moment } from '@/components/moment'
import { useSecurityVerb } from '@/components/security/verbs'
import { deviceOf, instantOf } from '@/components/security/words'
import { Badge } from '@/ui/badge'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'

/** Where this person is signed in; each but this one can be ended. */
export function SessionsCard() {
  const query = useQuery(openSessions())
  const others = query.data?.filter(row => !row.is_current).map(row => row.id) ?? []
  const ending = useEnding()
  return (
    <Card
      title="Where you are signed in"
      bodyClassName="p-0"
      actions={
        <Button
          size="sm"
          disabledReason={others.length === 0 ? 'You are signed in nowhere else.' : undefined}
          isBusy={ending.isPending}
          onClick={() => ending.end(others)}
        >
          End all others
        </Button>
      }
    >
      <Loaded query={query}>
        {rows => (
          <ul className="divide-y divide-line border-line border-t">
            {[...rows].sort(newestFirst).map(row => (
              <SessionRow key={row.id} row={row} />
            ))}
          </ul>
        )}
      </Loaded>
    </Card>
  )
}

const newestFirst = (a: OpenSession, b: OpenSession) =>
  Number(b.is_current) - Number(a.is_current) || b.last_seen_at - a.last_seen_at

function useEnding() {
  const verb = useSecurityVerb(endSessions)
  const end = (ids: number[]) =>
    verb.mutate(ids, {
      onSuccess: () => toast.success(ids.length === 1 ? 'Session ended' : 'Sessions ended'),
      onError: error => toast.error(sentenceOf(error)),
    })
  return { end, isPending: verb.isPending }
}

function SessionRow({ row }: { row: OpenSession }) {
  const ending = useEnding()
  const device = deviceOf(row.user_agent)
  return (
    <li className="flex items-center gap-3 px-4 py-3">
      <MonitorSmartphone aria-hidden className="size-4 shrink-0 text-faint" />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-2 text-sm" title={row.user_agent}>
          <span className="font-medium text-ink">{device}</span>
          {row.is_current && <Badge tone="accent">This one</Badge>}
        </p>
        <p className="num mt-0.5 text-faint text-xs">
          {row.ip} · seen <Ago at={instantOf(row.last_seen_at)} /> · since{' '}
          <Moment at={instantOf(row.created_at)} />
        </p>
      </div>
      {!row.is_current && (
        <Button
          size="sm"
          aria-label={`End the session of ${device}`}
          isBusy={ending.isPending}
          onClick={() => ending.end([row.id])}
        >
          End
        </Button>
      )}
    </li>
  )
}

/** The last tries to sign in, those that failed among them. */
export function SignInsCard() {
  const query = useQuery(signIns())
  return (
    <Card title="Last sign-ins" hint="Failures are listed at most once a minute." bodyClassName="p-0">
      <Loaded query={query}>
        {rows =>
          rows.length === 0 ? (
            <EmptyState icon={LogIn} title="None yet">
              From your next sign-in on they are listed here.
            </EmptyState>
          ) : (
            <ul className="divide-y divide-line border-line border-t">
              {rows.map(row => (
                <li key={`${row.at} ${row.address}`} className="flex items-center gap-3 px-4 py-2.5">
                  {row.isSuccess ? (
                    <LogIn aria-hidden className="size-4 shrink-0 text-faint" />
                  ) : (
                    <CircleAlert aria-hidden className="size-4 shrink-0 text-loss" />
                  )}
                  <p className="min-w-0 flex-1 text-sm">
                    {row.isSuccess ? `Signed in by ${row.by}` : `Failed: wrong ${row.by}`}
                    <span className="num block text-faint text-xs" title={row.device}>
                      {deviceOf(row.device)} · {row.address}
                    </span>
                  </p>
                  <Ago at={row.at} className="num shrink-0 text-faint text-xs" />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  )
}
