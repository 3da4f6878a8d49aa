import { useQuery } from '@tanstack/react-query'
import { days } from '@/api/queries'
import { Loaded } from '@/components/loaded'
import { dayName } from '@/format/time'
import { Card } from '@/ui/card'
import { DayBars } from '@/ui/day-bars'
import { Segmented } from '@/ui/segmented'
import { Skeleton } from '@/ui/skeleton'

const SPANS = [
  { value: '14', label: '14 d' },
  { value: '30', label: '30 d' },
  { value: '90', label: '90 d' },
] as const

interface Props {
  account: string
  currency: string
  span: string
  chosen: string | undefined
  onSpan: (span: string) => void
  onDay: (day: string) => void
}

/** Closed results by day; a click narrows the list to that day. */
export function DaysPanel({ account, currency, span, chosen, onSpan, onDay }: Props) {
  const value = SPANS.find(item => item.value === span)?.value ?? '30'
  const query = useQuery(days(account || undefined, Number(value)))
  return (
    <Card
      title="Closed results by day"
      hint="UTC days"
      actions={<Segmented label="Days" options={SPANS} value={value} onChange={onSpan} />}
    >
      <Loaded query={query} skeleton={<Skeleton className="h-28" />}>
        {rows => (
          <>
            <DayBars days={rows} currency={currency} chosen={chosen} onChoose={onDay} />
            <p className="mt-1.5 flex justify-between text-2xs text-faint">
              <span>{rows[0] && dayName(rows[0].day)}</span>
              <span>{rows.length > 0 && dayName(rows.at(-1)?.day ?? '')}</span>
            </p>
          </>
        )}
      </Loaded>
    </Card>
  )
}
