import type { IncidentEvent } from '@/api/incidents'
import { actorWords, STEPS } from '@/components/alerts/incident-words'
import { Ago, Moment } from '@/components/moment'
import type { Tone } from '@/ui/badge'
import { cx } from '@/ui/cx'

const COLOURS: Record<Tone, string> = {
  neutral: 'bg-hover text-muted',
  accent: 'bg-accent-soft text-accent',
  profit: 'bg-profit-soft text-profit',
  loss: 'bg-loss-soft text-loss',
  warn: 'bg-warn-soft text-warn',
}

/** What was seen, what the system did, what people said: the oldest first. */
export function Timeline({ events }: { events: readonly IncidentEvent[] }) {
  return (
    <ol aria-label="Timeline" className="px-4 pb-4">
      {events.map(event => (
        <Step key={event.id} event={event} />
      ))}
    </ol>
  )
}

function Step({ event }: { event: IncidentEvent }) {
  return (
    <li className="relative flex gap-3 pb-5 last:pb-0 [&:not(:last-child)]:before:absolute [&:not(:last-child)]:before:top-7 [&:not(:last-child)]:before:bottom-0 [&:not(:last-child)]:before:left-3.5 [&:not(:last-child)]:before:w-px [&:not(:last-child)]:before:bg-line">
      <StepMark kind={event.kind} />
      <div className="min-w-0 flex-1 pt-1">
        <p className="break-words text-ink text-sm">{event.text}</p>
        <p className="mt-0.5 text-faint text-xs">
          {STEPS[event.kind].label} · {actorWords(event.actor)} · <Moment at={event.at} /> ·{' '}
          <Ago at={event.at} />
        </p>
      </div>
    </li>
  )
}

/** What kind of step it was, by icon and colour. */
export function StepMark({ kind }: { kind: IncidentEvent['kind'] }) {
  const { tone, icon: Icon } = STEPS[kind]
  return (
    <span className={cx('grid size-7 shrink-0 place-items-center rounded-full', COLOURS[tone])}>
      <Icon aria-hidden className="size-3.5" />
    </span>
  )
}
