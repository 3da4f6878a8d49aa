import type { Telemetry } from '@/api/records'
import { ageSeconds, telemetryAt } from '@/api/telemetry'
import { useNow } from '@/components/now'
import { TELEMETRY } from '@/components/states'
import { age } from '@/format/age'
import { utc } from '@/format/time'
import { cx } from '@/ui/cx'

const DOTS: Record<Telemetry, string> = {
  fresh: 'bg-profit text-profit animate-beat',
  late: 'bg-warn text-warn',
  stale: 'bg-loss text-loss',
  none: 'bg-line-strong text-faint',
}

const WORDS: Record<Telemetry, string> = {
  fresh: 'text-muted',
  late: 'text-warn',
  stale: 'text-loss',
  none: 'text-faint',
}

interface Props {
  at: string | null
  /** Where no heartbeat is due, as of a stopped EA, silence is no alarm. */
  isExpected?: boolean
  hasWord?: boolean
}

/** The age of the last heartbeat, ticking and turning amber, then red, by itself. */
export function HeartbeatAge({ at, isExpected = true, hasWord = false }: Props) {
  const now = useNow()
  const telemetry = isExpected ? telemetryAt(at, now) : 'none'
  const look = TELEMETRY[telemetry]
  const seconds = ageSeconds(at, now)
  const title = at
    ? `${isExpected ? look.says : 'It is stopped.'} Last heartbeat ${utc(new Date(at))}`
    : look.says
  return (
    <span
      title={title}
      className={cx(
        'num inline-flex items-center gap-2 whitespace-nowrap',
        hasWord && 'text-xs',
        WORDS[telemetry],
      )}
    >
      <span key={at} aria-hidden className={cx('size-1.5 rounded-full', DOTS[telemetry])} />
      {hasWord && isExpected && <span>{look.label}</span>}
      <span className={cx(hasWord && 'text-faint')}>
        {seconds === null ? (hasWord ? '' : '—') : age(seconds)}
      </span>
    </span>
  )
}
