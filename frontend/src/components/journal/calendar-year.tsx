import { type CalendarFigures, cellOf } from '@/components/journal/calendar-cells'
import { monthsOf, sumOf, weeksOf } from '@/components/journal/calendar-layout'
import { monthName, monthWord } from '@/format/day'
import { cx } from '@/ui/cx'
import { HeatCell } from '@/ui/heat-month'
import { Profit } from '@/ui/profit'

interface Props {
  year: string
  figures: CalendarFigures
  onDay: (day: string) => void
  onMonth: (month: string) => void
}

/** Twelve small months: the year's colour at a glance. */
export function CalendarYear({ year, figures, onDay, onMonth }: Props) {
  return (
    <div className="grid grid-cols-2 gap-x-5 gap-y-6 p-4 sm:grid-cols-3 lg:grid-cols-4">
      {monthsOf(year).map(month => (
        <SmallMonth key={month} month={month} figures={figures} onDay={onDay} onMonth={onMonth} />
      ))}
    </div>
  )
}

interface MonthProps extends Omit<Props, 'year'> {
  month: string
}

function SmallMonth({ month, figures, onDay, onMonth }: MonthProps) {
  const rows = [...figures.byDay.values()].filter(row => row.day.startsWith(month))
  const sum = sumOf(rows)
  return (
    <section aria-label={monthName(month)} className="min-w-0">
      <button
        type="button"
        onClick={() => onMonth(month)}
        className="mb-1.5 flex w-full items-baseline justify-between rounded text-sm hover:text-accent"
      >
        <span className="font-medium">{monthWord(month)}</span>
        {sum.trades > 0 ? (
          <Profit value={sum.netProfit} currency={figures.currency} className="text-xs" />
        ) : (
          <span className="text-faint text-xs">—</span>
        )}
      </button>
      <div className="grid grid-cols-7 gap-0.5">
        {weeksOf(month, figures.byDay).flatMap((week, row) =>
          week.days.map((day, weekday) => (
            <HeatCell
              key={day ?? `${row} ${weekday}`}
              cell={day ? cellOf(day, figures) : null}
              onChoose={onDay}
              className={cx(
                'rounded-[3px] max-sm:aspect-square sm:h-6.5',
                day ? 'bg-hover' : 'bg-transparent',
              )}
            />
          )),
        )}
      </div>
    </section>
  )
}
