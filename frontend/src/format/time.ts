const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const shortClock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const date = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
const dayMonth = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const utcDay = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  timeZone: 'UTC',
})

/** Date and time where the reader is: `4 Jul, 09:15:02`; the year where it is not this one. */
export function moment(at: Date, now: Date): string {
  const day = at.getFullYear() === now.getFullYear() ? dayMonth.format(at) : date.format(at)
  return `${day}, ${clock.format(at)}`
}

/** Time of day where the reader is: `09:15:02`. */
export function timeOfDay(at: Date): string {
  return clock.format(at)
}

/** Hour and minute where the reader is: `09:15`. */
export function hourMinute(at: Date): string {
  return shortClock.format(at)
}

/** The same instant for whoever compares it with a broker's statement. */
export function utc(at: Date): string {
  return `${at.toISOString().replace('T', ' ').slice(0, 19)} UTC`
}

/** A calendar day of the server (`2026-07-04`), as `Sat, 4 Jul`. */
export function dayName(day: string): string {
  return utcDay.format(new Date(`${day}T00:00:00Z`))
}

/** Day and month where the reader is: `4 Jul`. */
export function dayShort(at: Date): string {
  return dayMonth.format(at)
}

/** An instant as a field for date and time has it where the reader is: `2026-07-04T09:15`. */
export function localInput(at: Date): string {
  const here = new Date(at.getTime() - at.getTimezoneOffset() * 60_000)
  return here.toISOString().slice(0, 16)
}
