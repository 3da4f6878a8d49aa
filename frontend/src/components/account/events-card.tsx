import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { type AccountEvent, accountEvents } from '@/api/incidents'
import type { Account } from '@/api/records'
import { actorWords, STEPS } from '@/components/alerts/incident-words'
import { StepMark } from '@/components/alerts/timeline'
import { Loaded } from '@/components/loaded'
import { Ago, Moment } from '@/components/moment'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'

/** What happened to the account lately, and what was done about it. */
export function EventsCard({ account }: { account: Account }) {
  return (
    <Card
      title="Events"
      hint="What its rules saw, what the system did, what people said."
      bodyClassName="p-0"
      actions={
        <Button asChild size="sm">
          <Link to={`/alerts?state=all&account=${account.id}`}>All its incidents</Link>
        </Button>
      }
    >
      <Loaded query={useQuery(accountEvents(account.id))}>
        {rows =>
          rows.length === 0 ? (
            <p className="px-4 pb-4 text-muted text-sm">
              Nothing yet.{' '}
              <Link to="/alerts/rules" className="rounded text-accent hover:underline">
                Rules
              </Link>{' '}
              say what is watched.
            </p>
          ) : (
            <ul
              aria-label="Events"
              className="max-h-96 divide-y divide-line overflow-y-auto border-line border-t"
            >
              {rows.map(row => (
                <EventRow key={row.id} row={row} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  )
}

function EventRow({ row }: { row: AccountEvent }) {
  return (
    <li className="flex items-start gap-3 px-4 py-2.5">
      <StepMark kind={row.kind} />
      <div className="min-w-0 flex-1">
        <p className="break-words text-ink text-sm">{row.text}</p>
        <p className="mt-0.5 text-faint text-xs">
          {STEPS[row.kind].label} · {actorWords(row.actor)} ·{' '}
          <Link to={`/alerts/incidents/${row.incidentId}`} className="rounded text-muted hover:underline">
            {row.title}
          </Link>
        </p>
      </div>
      <span className="num shrink-0 text-right text-faint text-xs">
        <Moment at={row.at} className="block text-muted max-sm:hidden" />
        <Ago at={row.at} />
      </span>
    </li>
  )
}
