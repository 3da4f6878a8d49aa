import { useQuery } from '@tanstack/react-query'
import { CircleCheck } from 'lucide-react'
import { Link } from 'react-router'
import { operatorOverview } from '@/api/operator-queries'
import type { FailedStart, OperatorOverview } from '@/api/operator-records'
import type { InstanceState } from '@/api/records'
import { Loaded } from '@/components/loaded'
import { Ago } from '@/components/moment'
import { BackupAlarm, Backups } from '@/components/operator/backups'
import { WAITS, type Waits } from '@/components/operator/fleet-filters'
import { dollars, isLate, oldest } from '@/components/operator/words'
import { INSTANCE_STATES } from '@/components/states'
import { count } from '@/format/volume'
import { Badge } from '@/ui/badge'
import { Callout } from '@/ui/callout'
import { Card } from '@/ui/card'
import { cx } from '@/ui/cx'
import { EmptyState } from '@/ui/empty-state'
import { Skeleton } from '@/ui/skeleton'
import { Stat, StatStrip } from '@/ui/stat'

const STATES: readonly InstanceState[] = ['running', 'paused', 'deploying', 'stopping', 'error', 'stopped']

export default function OperatorOverviewPage() {
  const query = useQuery(operatorOverview())
  return (
    <Loaded query={query} skeleton={<Skeleton className="h-72 w-full" />}>
      {seen => (
        <div className="space-y-4">
          <Alarms seen={seen} />
          <InstanceStates states={seen.states} />
          <div className="grid gap-4 lg:grid-cols-2">
            <Work seen={seen} />
            <Machines seen={seen} />
          </div>
          <Backups found={seen.backups} />
          <FailedStarts rows={seen.failed} total={seen.failedTotal} />
        </div>
      )}
    </Loaded>
  )
}

function Alarms({ seen }: { seen: OperatorOverview }) {
  const { hosts } = seen
  return (
    <>
      {hosts.lost > 0 && (
        <Callout
          tone="loss"
          title={hosts.lost === 1 ? 'A host is lost' : `${count(hosts.lost)} hosts are lost`}
          action={
            <Link to="/operator/hosts" className="shrink-0 underline">
              Hosts
            </Link>
          }
        >
          Nothing was heard of it for a minute. Its EAs are started anew once it is certain that the old ones
          are dead.
        </Callout>
      )}
      <BackupAlarm found={seen.backups} />
      {isLate(seen.due) && (
        <Callout tone="warn" title="The workers are behind">
          {count(seen.due.count)} EAs wait to be looked at, {oldest(seen.due)}. Start more workers, or look
          why they are slow.
        </Callout>
      )}
    </>
  )
}

function InstanceStates({ states }: { states: Record<string, number> }) {
  return (
    <StatStrip>
      {STATES.map(state => {
        const look = INSTANCE_STATES[state]
        const found = states[state] ?? 0
        return (
          <Stat
            key={state}
            label={look.label}
            value={
              <Link
                to={`/operator/instances?state=${state}`}
                aria-label={`${count(found)} ${look.label}: show them`}
                className={cx(
                  'rounded text-xl hover:underline',
                  state === 'error' && found > 0 && 'text-loss',
                )}
              >
                {count(found)}
              </Link>
            }
          />
        )
      })}
    </StatStrip>
  )
}

function Work({ seen }: { seen: OperatorOverview }) {
  return (
    <Card title="Work" hint="What waits for a worker or a terminal">
      <dl className="grid grid-cols-2 gap-4">
        <Stat
          label="EAs due for a look"
          value={<Waiting waits="due" found={seen.due.count} />}
          note={oldest(seen.due)}
        />
        <Stat
          label="Held by a worker"
          value={<Waiting waits="held" found={seen.held.count} />}
          note={oldest(seen.held)}
        />
        <Stat
          label="Left by a dead worker"
          value={<Waiting waits="stuck" found={seen.stuck} />}
          note="taken over by themselves"
        />
        <Stat label="Commands to fetch" value={count(seen.commands.count)} note={oldest(seen.commands)} />
        <Stat label="Commands dropped" value={count(seen.droppedCommands)} note="in the last 24 hours" />
      </dl>
    </Card>
  )
}

/** A count that leads to those whom it counts. */
function Waiting({ waits, found }: { waits: Waits; found: number }) {
  return (
    <Link
      to={`/operator/instances?waits=${waits}`}
      aria-label={`${count(found)} ${WAITS[waits]}: show them`}
      className={cx('rounded hover:underline', waits === 'stuck' && found > 0 && 'text-warn')}
    >
      {count(found)}
    </Link>
  )
}

function Machines({ seen }: { seen: OperatorOverview }) {
  const { hosts } = seen
  return (
    <Card title="Machines" hint="What carries the EAs, and what it costs">
      <dl className="grid grid-cols-2 gap-4">
        <Stat
          label="Hosts"
          value={count(hosts.active)}
          note={hosts.draining > 0 ? `${count(hosts.draining)} draining` : 'active'}
        />
        <Stat label="EAs on them" value={count(hosts.running)} note={`${count(hosts.room)} more fit`} />
        <Stat label="Cost of a day" value={dollars(seen.usdPerDay)} note="of all hosts" />
        <Stat
          label="Cost of an account-day"
          value={dollars(seen.usdPerAccountDay)}
          note={seen.usdPerAccountDay === null ? 'no account has an active EA' : 'hosts over accounts'}
        />
      </dl>
    </Card>
  )
}

function FailedStarts({ rows, total }: { rows: readonly FailedStart[]; total: number }) {
  return (
    <Card
      title="Failing EAs"
      hint={total > rows.length ? `The newest ${rows.length} of ${count(total)}` : undefined}
      bodyClassName="p-0"
    >
      {rows.length === 0 ? (
        <EmptyState icon={CircleCheck} title="Every EA that should run does" className="py-8" />
      ) : (
        <ul className="divide-y divide-line border-line border-t">
          {rows.map(row => (
            <li key={row.instanceId} className="flex flex-wrap gap-x-4 gap-y-1 px-4 py-3">
              <div className="min-w-0 flex-1 basis-64">
                <Link
                  to={`/operator/instances?state=error&text=${encodeURIComponent(row.name)}`}
                  className="block truncate rounded font-medium text-ink text-sm hover:underline"
                >
                  {row.name}
                </Link>
                <p className="truncate text-faint text-xs">
                  {row.tenant} · {row.account}
                  {row.host && ` · ${row.host}`}
                </p>
              </div>
              <p className="min-w-0 flex-[2] basis-72 text-muted text-sm">
                {row.reason || 'No reason was given'}
              </p>
              <div className="flex shrink-0 items-center gap-3 text-faint text-xs">
                {row.crashCount > 0 && <Badge tone="loss">{count(row.crashCount)} in a row</Badge>}
                <span>{row.nextAttemptAt ? 'tried again by itself' : 'needs a person'}</span>
                <Ago at={row.failedAt} className="num w-16 text-right" />
              </div>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
