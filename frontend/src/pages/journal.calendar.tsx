import { useQuery } from '@tanstack/react-query'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { useMemo } from 'react'
import { useNavigate } from 'react-router'
import { calendar } from '@/api/journal-queries'
import type { Calendar } from '@/api/journal-records'
import { tradesWords } from '@/components/journal/calendar-cells'
import { heatScale } from '@/components/journal/calendar-layout'
import { CalendarMonth } from '@/components/journal/calendar-month'
import { CalendarYear } from '@/components/journal/calendar-year'
import { CurrencyChoice } from '@/components/journal/currency-choice'
import { toParams } from '@/components/journal/filters'
import { useCurrency } from '@/components/journal/use-currency'
import { useJournal } from '@/components/journal/use-journal'
import { zoneWords } from '@/components/journal/words'
import { Loaded } from '@/components/loaded'
import { useUrlState } from '@/components/search-params'
import { addMonths, dayIn, monthName } from '@/format/day'
import { percent } from '@/format/percent'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { cx } from '@/ui/cx'
import { Profit } from '@/ui/profit'
import { Segmented } from '@/ui/segmented'
import { Skeleton } from '@/ui/skeleton'

const VIEWS = [
  { value: 'month', label: 'Month' },
  { value: 'year', label: 'Year' },
] as const

export default function JournalCalendarPage() {
  const { choice, query } = useJournal()
  const { params, change } = useUrlState()
  const today = dayIn(new Date(), choice.tz || 'UTC')
  const span = spanOf(params.get('span'), today)
  const found = useQuery(calendar(span, query))
  const { currency, currencies, choose } = useCurrency(found.data?.totals)
  const isYear = span.length === 4
  const step = (way: 1 | -1) => change({ span: isYear ? String(Number(span) + way) : addMonths(span, way) })
  return (
    <Card
      title={
        <span className="flex items-center gap-1">
          <Button
            variant="ghost"
            size="icon"
            aria-label={`Previous ${isYear ? 'year' : 'month'}`}
            onClick={() => step(-1)}
          >
            <ChevronLeft />
          </Button>
          <span className="min-w-32 text-center" aria-live="polite">
            {isYear ? span : monthName(span)}
          </span>
          <Button
            variant="ghost"
            size="icon"
            aria-label={`Next ${isYear ? 'year' : 'month'}`}
            onClick={() => step(1)}
          >
            <ChevronRight />
          </Button>
          {!today.startsWith(span) && (
            <Button
              variant="ghost"
              size="sm"
              onClick={() => change({ span: today.slice(0, isYear ? 4 : 7) })}
            >
              Today
            </Button>
          )}
        </span>
      }
      hint={`days in ${zoneWords(choice.tz)}`}
      bodyClassName="p-0"
      actions={
        <>
          <CurrencyChoice currencies={currencies} value={currency} onChange={choose} />
          <Segmented
            label="View"
            options={VIEWS}
            value={isYear ? 'year' : 'month'}
            onChange={view =>
              change({ span: view === 'year' ? span.slice(0, 4) : isYear ? monthIn(span, today) : span })
            }
          />
        </>
      }
    >
      <Loaded query={found} skeleton={<Skeleton className="m-4 h-[32rem]" />}>
        {data => (
          <Days data={data} span={span} currency={currency} today={today} isOld={found.isPlaceholderData} />
        )}
      </Loaded>
    </Card>
  )
}

interface DaysProps {
  data: Calendar
  span: string
  currency: string
  today: string
  isOld: boolean
}

function Days({ data, span, currency, today, isOld }: DaysProps) {
  const { choice } = useJournal()
  const { change } = useUrlState()
  const navigate = useNavigate()
  const figures = useMemo(() => {
    const own = data.days.filter(row => row.currency === currency)
    return { byDay: new Map(own.map(row => [row.day, row])), scale: heatScale(own), currency, today }
  }, [data, currency, today])
  const total = data.totals.find(row => row.currency === currency)
  const open = (day: string) => {
    const params = toParams({ ...choice, from: '', to: '', on: day })
    void navigate({ pathname: '/journal', search: params.toString() })
  }
  return (
    <div className={cx('transition-opacity', isOld && 'opacity-60')}>
      {span.length === 4 ? (
        <CalendarYear
          year={span}
          figures={figures}
          onDay={open}
          onMonth={month => change({ span: month }, 'push')}
        />
      ) : (
        <CalendarMonth month={span} figures={figures} onDay={open} />
      )}
      <p className="num flex min-h-11 flex-wrap items-center justify-end gap-x-4 gap-y-1 border-line border-t px-4 py-2 text-muted text-sm">
        {total && total.trades > 0 ? (
          <>
            <span>{tradesWords(total.trades)}</span>
            <span>{percent(total.wins / total.trades, 0)} won</span>
            <Profit hasArrow value={total.netProfit} currency={currency} className="font-semibold" />
          </>
        ) : (
          'No trade was closed in this time.'
        )}
      </p>
    </div>
  )
}

/** `2026` or `2026-07`; this month for anything else. */
function spanOf(text: string | null, today: string): string {
  return text && /^20\d\d(-(0[1-9]|1[0-2]))?$/.test(text) ? text : today.slice(0, 7)
}

/** Coming from a year: the month of today in it, its last otherwise. */
const monthIn = (year: string, today: string): string =>
  today.startsWith(year) ? today.slice(0, 7) : `${year}-12`
