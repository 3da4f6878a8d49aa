const DAY_MS = 24 * 3600 * 1000

/** Which calendar day an instant falls on in a zone, as `2026-07-04`. */
export function dayIn(at: Date, zone: string): string {
  const { year, month, day } = partsIn(at, zone)
  return `${year}-${month}-${day}`
}

/** The instant at which a calendar day begins in a zone, also where clocks change at midnight. */
export function startOfDay(day: string, zone: string): Date {
  const midnight = Date.parse(`${day}T00:00:00Z`)
  if (zone === 'UTC') return new Date(midnight)
  // The zone's offset may differ before and after the change: two looks settle it.
  const guess = midnight - offsetMs(midnight, zone)
  return new Date(midnight - offsetMs(guess, zone))
}

export function addDays(day: string, count: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + count * DAY_MS).toISOString().slice(0, 10)
}

export const dayAfter = (day: string): string => addDays(day, 1)

/** 0 is Monday, as a calendar here begins. */
export function weekdayOf(day: string): number {
  return (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7
}

/** The month before or after, as `2026-07`. */
export function addMonths(month: string, count: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number)
  return new Date(Date.UTC(year, number - 1 + count, 1)).toISOString().slice(0, 7)
}

const monthYear = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' })
const monthShort = new Intl.DateTimeFormat('en-GB', { month: 'short', timeZone: 'UTC' })
const dayLong = new Intl.DateTimeFormat('en-GB', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
  timeZone: 'UTC',
})

/** `2026-07` as `July 2026`. */
export const monthName = (month: string): string => monthYear.format(new Date(`${month}-01T00:00:00Z`))

/** `2026-07` as `Jul`. */
export const monthWord = (month: string): string => monthShort.format(new Date(`${month}-01T00:00:00Z`))

/** `2026-07-04` as `Saturday 4 July 2026`. */
export const fullDay = (day: string): string => dayLong.format(new Date(`${day}T00:00:00Z`))

/** `2026-07-04` as `4 Jul`, with its year where that is not the given one. */
export function shortDay(day: string, year?: string): string {
  const text = `${Number(day.slice(8))} ${monthWord(day.slice(0, 7))}`
  return year && day.startsWith(year) ? text : `${text} ${day.slice(0, 4)}`
}

const zoned = new Map<string, Intl.DateTimeFormat>()

function partsIn(at: Date, zone: string): Record<string, string> {
  let format = zoned.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
    zoned.set(zone, format)
  }
  return Object.fromEntries(format.formatToParts(at).map(part => [part.type, part.value]))
}

function offsetMs(at: number, zone: string): number {
  const { year, month, day, hour, minute, second } = partsIn(new Date(at), zone)
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) - Math.floor(at / 1000) * 1000
}
