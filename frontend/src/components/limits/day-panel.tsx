import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { AccountLimits } from '@/api/limits'
import { accountEquity } from '@/api/queries'
import { DayPlot } from '@/components/limits/day-plot'
import { Moment } from '@/components/moment'
import { useNow } from '@/components/now'
import { duration } from '@/format/age'
import { money } from '@/format/money'
import { hourMinute } from '@/format/time'
import { zoneClock } from '@/format/zone'
import { Facts } from '@/ui/facts'

/** Where the phase began within the day, what was before it was not watched. */
function watchedSince({ since }: AccountLimits, began: number): [string, ReactNode][] {
  if (since === null || Date.parse(since) <= began) return []
  return [['Watched since', <Moment key="since" at={since} />]]
}

/** A day has 25 hours where clocks are put back. */
const HOURS = 25

/** The day that the daily limit counts: since when, from what, until when, and how it went. */
export function DayPanel({ accountId, found }: { accountId: string; found: AccountLimits }) {
  const now = useNow()
  const points = useQuery(accountEquity(accountId, HOURS)).data ?? []
  const { day, resetsAt, currency } = found
  if (!day || !resetsAt) return null
  const began = Date.parse(day.beganAt)
  const today = points.filter(point => Date.parse(point.at) >= began)
  const left = (Date.parse(resetsAt) - now) / 1000
  return (
    <section aria-label="Day" className="min-w-0 rounded-lg border border-line p-4">
      <h3 className="mb-2 font-medium text-ink text-sm">Day</h3>
      {day.isToday && today.length > 1 ? (
        <DayPlot
          points={today}
          limits={found.limits}
          from={began}
          to={Date.parse(resetsAt)}
          currency={currency}
        />
      ) : (
        <p className="py-6 text-center text-faint text-sm">
          {day.isToday ? 'Its curve grows with every heartbeat.' : 'It was not heard of since the day began.'}
        </p>
      )}
      <Facts
        className="mt-2"
        facts={[
          ['Began', <Moment key="began" at={day.beganAt} />],
          ...watchedSince(found, began),
          ['Balance then', money(day.balance, currency)],
          ['Equity then', money(day.equity, currency)],
          ['Lowest, highest', `${money(day.low, currency)}, ${money(day.high, currency)}`],
          ['Next day in', left > 0 ? duration(Math.max(1, left)) : 'now'],
        ]}
      />
      <p className="mt-2 text-faint text-xs">
        The firm’s day begins at {found.dayStarts} in {found.timezone}: {hourMinute(new Date(resetsAt))} on
        your clock. There it is {zoneClock(found.timezone, new Date(now))} now.
      </p>
    </section>
  )
}
