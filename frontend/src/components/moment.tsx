import { ageSeconds } from '@/api/telemetry'
import { useNow } from '@/components/now'
import { ago } from '@/format/age'
import { moment, utc } from '@/format/time'

/** An instant where the reader is; in UTC, as brokers write it, on hover. */
export function Moment({ at, className }: { at: string | null; className?: string }) {
  if (at === null) return <span className={className}>—</span>
  const date = new Date(at)
  return (
    <time dateTime={at} title={utc(date)} className={className}>
      {moment(date, new Date())}
    </time>
  )
}

/** How long ago, ticking. */
export function Ago({ at, className }: { at: string; className?: string }) {
  const now = useNow()
  return (
    <time dateTime={at} title={utc(new Date(at))} className={className}>
      {ago(ageSeconds(at, now) ?? 0)}
    </time>
  )
}
