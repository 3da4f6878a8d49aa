import { CalendarDays } from 'lucide-react'
import type { CalendarEvent } from '@/api/markets'
import { Moment } from '@/components/moment'
import { Badge, type Tone } from '@/ui/badge'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'

const TONES: Record<CalendarEvent['impact'], Tone> = {
  high: 'loss',
  medium: 'warn',
  low: 'neutral',
  none: 'neutral',
}

/** What is announced for the next two days, where a calendar is fed. */
export function CalendarCard({ events }: { events: readonly CalendarEvent[] | null }) {
  return (
    <Card title="Calendar" hint={events && 'two days'}>
      {events === null ? (
        <EmptyState icon={CalendarDays} title="No calendar is fed" className="py-6">
          Who runs the installation names a file by METAFLEET_MARKET_CALENDAR.
        </EmptyState>
      ) : events.length === 0 ? (
        <p className="text-muted text-sm">Nothing is announced for the next two days.</p>
      ) : (
        <ul aria-label="Events" className="max-h-80 divide-y divide-line overflow-y-auto">
          {events.map(event => (
            <li
              key={`${event.at} ${event.currency} ${event.name}`}
              className="flex items-start gap-3 py-2 text-sm"
            >
              <Moment at={event.at} className="num w-24 shrink-0 text-faint text-xs" />
              <Badge tone={TONES[event.impact]}>{event.currency}</Badge>
              <span className="min-w-0">
                <span className="block text-ink">{event.name}</span>
                {event.forecast || event.previous || event.actual ? (
                  <span className="num block text-faint text-xs">{figuresOf(event)}</span>
                ) : null}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}

const figuresOf = ({ actual, forecast, previous }: CalendarEvent): string =>
  [actual && `actual ${actual}`, forecast && `forecast ${forecast}`, previous && `before ${previous}`]
    .filter(Boolean)
    .join(' · ')
