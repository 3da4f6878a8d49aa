import { Bot } from 'lucide-react'
import { Link } from 'react-router'
import type { Incident } from '@/api/incidents'
import { FigureBar } from '@/components/alerts/figure-bar'
import { IncidentBadges } from '@/components/alerts/incident-badges'
import { SEVERITIES, subjectPlace } from '@/components/alerts/incident-words'
import { Ago } from '@/components/moment'
import { cx } from '@/ui/cx'

interface Props {
  rows: readonly Incident[]
  chosen: ReadonlySet<string>
  onChoose: (id: string, isOn: boolean) => void
  /** Where `j` and `k` stand; null before they were used. */
  cursor: string | null
  /** What opened after it is new to this reader, epoch milliseconds. */
  lastLook: number
}

/** Incidents, the newest first: what it is, what was done about it, how far beyond its limit. */
export function IncidentList({ rows, chosen, onChoose, cursor, lastLook }: Props) {
  return (
    <ul aria-label="Incidents" className="divide-y divide-line">
      {rows.map(row => (
        <IncidentRow
          key={row.id}
          row={row}
          isChosen={chosen.has(row.id)}
          onChoose={isOn => onChoose(row.id, isOn)}
          isAt={cursor === row.id}
          isNew={row.state === 'open' && Date.parse(row.openedAt) > lastLook}
        />
      ))}
    </ul>
  )
}

interface RowProps {
  row: Incident
  isChosen: boolean
  onChoose: (isOn: boolean) => void
  isAt: boolean
  isNew: boolean
}

function IncidentRow({ row, isChosen, onChoose, isAt, isNew }: RowProps) {
  const place = subjectPlace(row)
  return (
    <li
      data-incident={row.id}
      className={cx(
        'flex items-start gap-3 px-4 py-3 transition-colors hover:bg-hover/60',
        isAt && 'bg-hover shadow-[inset_2px_0_0_var(--accent)]',
      )}
    >
      <input
        type="checkbox"
        aria-label={`Choose: ${row.title}`}
        checked={isChosen}
        onChange={event => onChoose(event.target.checked)}
        className="mt-1 size-4 shrink-0 accent-(--accent-strong)"
      />
      <SeverityMark severity={row.severity} isOver={row.state === 'resolved'} />
      <div className="flex min-w-0 flex-1 flex-wrap items-start gap-x-6 gap-y-2">
        <div className="min-w-0 flex-1 basis-72">
          <p className="flex flex-wrap items-center gap-x-2 gap-y-1 text-sm">
            {isNew && (
              <span className="size-1.5 rounded-full bg-accent" title="New since you last looked">
                <span className="sr-only">New. </span>
              </span>
            )}
            <Link
              to={`/alerts/incidents/${row.id}`}
              className={cx(
                'min-w-0 break-words rounded hover:underline',
                row.state === 'open' ? 'font-semibold text-ink' : 'text-muted',
              )}
            >
              {row.title}
            </Link>
            <IncidentBadges row={row} hasState={row.state !== 'open'} />
          </p>
          <p className="mt-0.5 text-faint text-xs">
            {place ? (
              <Link to={place} className="rounded text-muted hover:text-ink hover:underline">
                {row.subjectLabel}
              </Link>
            ) : (
              row.subjectLabel
            )}{' '}
            · <Ago at={row.openedAt} />
            {row.state === 'acknowledged' && ` · ${row.acknowledgedBy} has it`}
          </p>
          <p className="mt-1 flex items-start gap-1.5 text-muted text-xs">
            {row.done && <Bot aria-hidden className="mt-px size-3.5 shrink-0 text-accent" />}
            <span className="min-w-0 break-words">{row.done ?? row.said}</span>
          </p>
        </div>
        <FigureBar row={row} className="w-full sm:w-52" />
      </div>
    </li>
  )
}

export function SeverityMark({ severity, isOver }: { severity: Incident['severity']; isOver?: boolean }) {
  const { label, tone, icon: Icon } = SEVERITIES[severity]
  const colours = { loss: 'bg-loss-soft text-loss', warn: 'bg-warn-soft text-warn' } as const
  const look = isOver || tone === 'accent' ? 'bg-hover text-faint' : colours[tone as keyof typeof colours]
  return (
    <span title={label} className={cx('mt-0.5 grid size-7 shrink-0 place-items-center rounded-lg', look)}>
      <Icon aria-hidden className="size-3.5" />
      <span className="sr-only">{label}</span>
    </span>
  )
}
