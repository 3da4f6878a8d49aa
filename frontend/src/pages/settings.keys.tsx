import { useQuery } from '@tanstack/react-query'
import { KeyRound, Plus } from 'lucide-react'
import { useState } from 'react'
import { canWith, may, whyNot } from '@/api/can'
import { type ApiKey, apiKeys, revokeKey, usePeopleVerb } from '@/api/people'
import { Loaded } from '@/components/loaded'
import { Ago, Moment } from '@/components/moment'
import { Page } from '@/components/page'
import { useMe } from '@/components/session'
import { KeyMakeDialog } from '@/forms/key-make'
import { Badge } from '@/ui/badge'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'

export default function KeysPage() {
  const me = useMe()
  const reason = whyNot(canWith('admin', me))
  const [isMaking, setMaking] = useState(false)
  return (
    <Page
      isNarrow
      title="API keys"
      lead="Programs use the API that these screens use. A key never does more than who made it."
      parent={{ label: 'Settings', to: '/settings' }}
      actions={
        <Button variant="primary" disabledReason={reason} onClick={() => setMaking(true)}>
          <Plus /> Make a key
        </Button>
      }
    >
      {may(me, 'admin') ? <Keys /> : <Callout>{reason}</Callout>}
      <KeyMakeDialog isOpen={isMaking} onClose={() => setMaking(false)} />
    </Page>
  )
}

function Keys() {
  const query = useQuery(apiKeys())
  return (
    <Loaded query={query}>
      {data => (
        <Card
          title="Keys"
          hint={`${data.planName}: ${data.requestsPerMinute} requests a minute, ${data.requestsPerDay.toLocaleString('en')} a day for each`}
          bodyClassName="p-0"
        >
          {data.keys.length === 0 ? (
            <EmptyState icon={KeyRound} title="No keys yet">
              Make one for each program, with no more than it needs.
            </EmptyState>
          ) : (
            <ul className="divide-y divide-line">
              {data.keys.map(row => (
                <KeyRow key={row.id} row={row} />
              ))}
            </ul>
          )}
        </Card>
      )}
    </Loaded>
  )
}

function KeyRow({ row }: { row: ApiKey }) {
  const revoke = usePeopleVerb((_: null) => revokeKey(row.id))
  const limits = [...row.accounts, ...row.instances].map(one => one.label).join(', ')
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-56">
        <p className="flex flex-wrap items-center gap-1.5 font-medium text-ink text-sm">
          {row.name} <span className="font-mono font-normal text-faint text-xs">{row.prefix}_…</span>
          {row.scopes.map(scope => (
            <Badge key={scope}>{scope}</Badge>
          ))}
          {row.isOver && <Badge tone="loss">{row.revokedAt ? 'Revoked' : 'Ran out'}</Badge>}
        </p>
        <p className="text-faint text-xs">
          {limits ? `Only ${limits}. ` : ''}By {row.madeBy}.{' '}
          {row.expiresAt ? (
            <>
              Until <Moment at={row.expiresAt} />.
            </>
          ) : (
            'Never ends.'
          )}
        </p>
        <p className="text-faint text-xs">
          {row.lastUsedAt ? (
            <>
              Last used <Ago at={row.lastUsedAt} /> from {row.lastUsedFrom}
            </>
          ) : (
            'Never used'
          )}
        </p>
      </div>
      <Use days={row.days} today={row.requestsToday} />
      {!row.isOver && (
        <Button
          size="sm"
          isBusy={revoke.isPending}
          onClick={() => confirm(`Revoke ${row.name}? Its next request is refused.`) && revoke.mutate(null)}
        >
          Revoke
        </Button>
      )}
    </li>
  )
}

/** Two weeks of requests, a bar a day. */
function Use({ days, today }: { days: ApiKey['days']; today: number }) {
  const most = Math.max(1, ...days.map(day => day.requests))
  return (
    <figure className="w-28">
      <svg viewBox="0 0 112 28" className="h-7 w-28 text-accent" role="img" aria-label="Requests by day">
        {days.map((day, place) => {
          const height = day.requests ? Math.max(2, (26 * day.requests) / most) : 1
          return (
            <rect
              key={day.day}
              x={place * 8}
              y={28 - height}
              width={6}
              height={height}
              rx={1}
              fill="currentColor"
              opacity={day.requests ? 1 : 0.25}
            >
              <title>{`${day.day}: ${day.requests}`}</title>
            </rect>
          )
        })}
      </svg>
      <figcaption className="num text-2xs text-faint">{today.toLocaleString('en')} today</figcaption>
    </figure>
  )
}
