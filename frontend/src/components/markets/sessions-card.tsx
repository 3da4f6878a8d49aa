import type { MarketSession } from '@/api/markets'
import { useNow } from '@/components/now'
import { hourMinute } from '@/format/time'
import { Badge } from '@/ui/badge'
import { Card } from '@/ui/card'

const DAY_MS = 86_400_000

/** The day of the world's trading, by the reader's clock, and where it is now. */
export function SessionsCard({ sessions }: { sessions: readonly MarketSession[] }) {
  const now = useNow()
  const begin = new Date(now).setHours(0, 0, 0, 0)
  return (
    <Card title="Sessions" hint="by your clock">
      <ul aria-label="Sessions" className="space-y-2.5">
        {sessions.map(one => (
          <li key={one.name}>
            <span className="flex items-baseline justify-between gap-2 text-sm">
              <span className="text-ink">{one.name}</span>
              <span className="num text-faint text-xs">
                {hourMinute(new Date(one.opensAt))}–{hourMinute(new Date(one.closesAt))}
                <Badge tone={one.isOpen ? 'profit' : 'neutral'} className="ml-2">
                  {one.isOpen
                    ? `closes in ${until(one.closesAt, now)}`
                    : `opens in ${until(one.opensAt, now)}`}
                </Badge>
              </span>
            </span>
            <span aria-hidden className="relative mt-1 block h-2 overflow-hidden rounded-sm bg-hover">
              {spansOf(one, begin).map(([left, width]) => (
                <span
                  key={left}
                  className={
                    one.isOpen ? 'absolute inset-y-0 bg-profit/70' : 'absolute inset-y-0 bg-line-strong'
                  }
                  style={{ left: `${left * 100}%`, width: `${width * 100}%` }}
                />
              ))}
              <span
                className="absolute inset-y-0 w-0.5 bg-ink"
                style={{ left: `${((now - begin) / DAY_MS) * 100}%` }}
              />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  )
}

/** Where a session lies in the reader's day, as shares of it: two parts where it goes over midnight. */
export function spansOf(one: MarketSession, begin: number): [number, number][] {
  const length = (Date.parse(one.closesAt) - Date.parse(one.opensAt)) / DAY_MS
  const from = (((Date.parse(one.opensAt) - begin) % DAY_MS) + DAY_MS) % DAY_MS
  const left = from / DAY_MS
  if (left + length <= 1) return [[left, length]]
  return [
    [left, 1 - left],
    [0, left + length - 1],
  ]
}

function until(at: string, now: number): string {
  const minutes = Math.max(0, Math.round((Date.parse(at) - now) / 60_000))
  const hours = Math.floor(minutes / 60)
  return hours >= 48
    ? `${Math.round(hours / 24)} days`
    : hours > 0
      ? `${hours} h ${minutes % 60} min`
      : `${minutes} min`
}
