import { type CalendarFigures, cellOf, tradesWords } from '@/components/journal/calendar-cells'
import { weeksOf } from '@/components/journal/calendar-layout'
import { WEEKDAYS } from '@/components/journal/words'
import { signedMoney } from '@/format/money'
import { shortMoney } from '@/format/short-money'
import { cx } from '@/ui/cx'
import { HeatCell } from '@/ui/heat-month'
import { Profit } from '@/ui/profit'

const COLUMNS = 'grid grid-cols-7 md:grid-cols-[repeat(7,minmax(0,1fr))_8.5rem]'

interface Props {
  month: string
  figures: CalendarFigures
  onDay: (day: string) => void
}

/** A month as a wall calendar: what each day and each week made. */
export function CalendarMonth({ month, figures, onDay }: Props) {
  return (
    <div>
      <div className={cx(COLUMNS, 'text-faint text-xs')}>
        {WEEKDAYS.map(name => (
          <span key={name} className="px-2 py-2 max-sm:text-center">
            {name.slice(0, 3)}
          </span>
        ))}
        <span className="hidden px-3 py-2 text-right md:block">Week</span>
      </div>
      <div className="border-line border-t">
        {weeksOf(month, figures.byDay).map((week, index) => (
          <div key={week.days.find(Boolean)} className={cx(COLUMNS, index > 0 && 'border-line border-t')}>
            {week.days.map((day, weekday) => (
              <HeatCell
                key={day ?? WEEKDAYS[weekday]}
                cell={day ? cellOf(day, figures) : null}
                onChoose={onDay}
                className={cx('h-16 p-1.5 sm:h-24 sm:p-2', weekday > 0 && 'border-line border-l')}
              >
                {day && <Day day={day} figures={figures} />}
              </HeatCell>
            ))}
            <div className="num hidden flex-col items-end justify-center border-line border-l bg-canvas/40 px-3 md:flex">
              {week.trades > 0 && (
                <>
                  <Profit
                    value={week.netProfit}
                    currency={figures.currency}
                    className="font-semibold text-sm"
                  />
                  <span className="text-faint text-xs">{tradesWords(week.trades)}</span>
                </>
              )}
            </div>
          </div>
        ))}
      </div>
    </div>
  )
}

function Day({ day, figures }: { day: string; figures: CalendarFigures }) {
  const figure = figures.byDay.get(day)
  const isToday = day === figures.today
  return (
    <span className="flex h-full flex-col justify-between">
      <span
        className={cx(
          'num text-xs',
          isToday ? 'font-semibold text-accent' : figure ? 'text-ink' : 'text-faint',
        )}
      >
        {Number(day.slice(8))}
      </span>
      {figure && (
        <span className="num min-w-0">
          <span
            className={cx(
              'block truncate font-semibold text-2xs sm:text-sm',
              figure.netProfit === 0 ? 'text-muted' : 'text-ink',
            )}
          >
            <span className="sm:hidden">{shortMoney(figure.netProfit)}</span>
            <span className="max-sm:hidden">{signedMoney(figure.netProfit, figures.currency)}</span>
          </span>
          <span className="block truncate text-2xs text-ink/75 max-sm:hidden">
            {tradesWords(figure.trades)}
          </span>
        </span>
      )}
    </span>
  )
}
