/** Zones that brokers' servers keep, most common first; any other may be typed. */
export const BROKER_ZONES = [
  'Europe/Athens',
  'Europe/Helsinki',
  'Europe/London',
  'Europe/Berlin',
  'Europe/Moscow',
  'America/New_York',
  'Asia/Nicosia',
  'Asia/Dubai',
  'Asia/Tokyo',
  'Australia/Sydney',
  'UTC',
] as const

/** Every zone that the browser knows, the brokers' first. */
export function allZones(): readonly string[] {
  const known = typeof Intl.supportedValuesOf === 'function' ? Intl.supportedValuesOf('timeZone') : []
  return [...new Set<string>([...BROKER_ZONES, ...known])]
}

export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: name })
    return name.trim() !== ''
  } catch {
    return false
  }
}

/** What the clock of a zone shows and how far it is from UTC: `14:05 (UTC+3)`; undefined for no zone. */
export function zoneClock(name: string, at: Date): string | undefined {
  if (!isZone(name)) return undefined
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: name,
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'shortOffset',
  }).formatToParts(at)
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find(item => item.type === type)?.value ?? ''
  return `${part('hour')}:${part('minute')} (${part('timeZoneName').replace('GMT', 'UTC')})`
}

/** An offset in seconds east of UTC, as `UTC+3` or `UTC−3:30`. */
export function offsetWords(seconds: number | null): string {
  if (seconds === null) return '—'
  if (seconds === 0) return 'UTC'
  const minutes = Math.round(Math.abs(seconds) / 60)
  const rest = minutes % 60
  const sign = seconds < 0 ? '−' : '+'
  return `UTC${sign}${Math.floor(minutes / 60)}${rest ? `:${String(rest).padStart(2, '0')}` : ''}`
}

/** Seconds left as a clock: `14:05`. */
export function countdown(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds))
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}
