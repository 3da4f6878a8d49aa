import type { Telemetry } from '@/api/records'

/** The hub's own limits: three missed heartbeats are late, a minute of silence is stale. */
const FRESH_S = 15
const LATE_S = 60

/** How long ago something was said, never less than zero; null where it never was. */
export function ageSeconds(at: string | null, now: number): number | null {
  return at === null ? null : Math.max(0, (now - Date.parse(at)) / 1000)
}

/** Judge by age, so that what is on screen grows old by itself when nothing comes in any more. */
export function telemetryAt(heartbeatAt: string | null, now: number): Telemetry {
  const age = ageSeconds(heartbeatAt, now)
  if (age === null) return 'none'
  if (age <= FRESH_S) return 'fresh'
  return age <= LATE_S ? 'late' : 'stale'
}

const RANK: Record<Telemetry, number> = { fresh: 3, late: 2, stale: 1, none: 0 }

/** As above, for a terminal that may beat slower than ours, by its own EA's setting: the hub knows how
 * often it is to beat, so what the hub has said of it lately counts where it is better. */
export function telemetryOfOwn(heartbeatAt: string | null, said: Telemetry, now: number): Telemetry {
  const here = telemetryAt(heartbeatAt, now)
  return RANK[said] > RANK[here] ? said : here
}
