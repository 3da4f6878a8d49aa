import { FilterChip } from '@/components/journal/filter-chip'
import type { FilterChanges, JournalChoice } from '@/components/journal/filters'
import { PERIODS, periodWords } from '@/components/journal/periods'
import { dayIn, shortDay } from '@/format/day'
import { cx } from '@/ui/cx'
import { Input } from '@/ui/input'

interface Props {
  choice: JournalChoice
  onChange: (changes: FilterChanges) => void
}

export function PeriodChip({ choice, onChange }: Props) {
  const { from, to, on, tz } = choice
  const today = dayIn(new Date(), tz || 'UTC')
  const words = on ? `closed ${shortDay(on, today.slice(0, 4))}` : periodWords(from, to, today)
  return (
    <FilterChip
      label="Period"
      value={words}
      onClear={() => onChange({ from: null, to: null, on: null })}
      className="w-64 p-1"
    >
      {close => (
        <>
          <div className="grid grid-cols-2 gap-0.5">
            {PERIODS.map(period => {
              const span = period.of(today)
              const isChosen = !on && span.from === from && span.to === to
              return (
                <button
                  key={period.name}
                  type="button"
                  aria-pressed={isChosen}
                  onClick={() => {
                    onChange({ ...span, on: null })
                    close()
                  }}
                  className={cx(
                    'h-8 rounded-lg px-2.5 text-left text-sm outline-offset-[-2px] hover:bg-hover',
                    isChosen ? 'bg-accent-soft text-accent' : 'text-ink',
                  )}
                >
                  {period.name}
                </button>
              )
            })}
          </div>
          <div className="mt-1 grid grid-cols-2 gap-2 border-line border-t p-2">
            <Day label="From" value={from} max={to} onChange={value => onChange({ from: value, on: null })} />
            <Day label="To" value={to} min={from} onChange={value => onChange({ to: value, on: null })} />
          </div>
        </>
      )}
    </FilterChip>
  )
}

interface DayProps {
  label: string
  value: string
  min?: string
  max?: string
  onChange: (value: string) => void
}

function Day({ label, value, min, max, onChange }: DayProps) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is inside
    <label className="min-w-0 text-faint text-xs">
      {label}
      <Input
        type="date"
        value={value}
        min={min || undefined}
        max={max || undefined}
        onChange={event => onChange(event.target.value)}
        className="mt-1 h-8 px-2 text-xs"
      />
    </label>
  )
}
