const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** How long ago, short enough for a table: `now`, `12 s`, `4 min`, `3 h`, `2 d`. */
export function age(seconds: number): string {
  if (seconds < 2) return 'now'
  if (seconds < MINUTE) return `${Math.floor(seconds)} s`
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min`
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)} h`
  return `${Math.floor(seconds / DAY)} d`
}

/** How long ago as part of a sentence: `just now`, `12 s ago`. */
export function ago(seconds: number): string {
  return seconds < 2 ? 'just now' : `${age(seconds)} ago`
}

/** A length of time in its two largest units: `850 ms`, `42 s`, `3 min 20 s`, `2 d 4 h`. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return '—'
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < MINUTE) return `${Math.floor(seconds)} s`
  if (seconds < HOUR) return pair(seconds, MINUTE, 'min', 1, 's')
  if (seconds < DAY) return pair(seconds, HOUR, 'h', MINUTE, 'min')
  return pair(seconds, DAY, 'd', HOUR, 'h')
}

function pair(seconds: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((seconds % large) / small)
  const head = `${Math.floor(seconds / large)} ${largeUnit}`
  return rest === 0 ? head : `${head} ${rest} ${smallUnit}`
}
