/**
 * A moment of the server's clock as charts take it: charts show the reader's own time, and a report's is the
 * server's, which is what a broker's statement has.
 */
export function wallTime(msc: number): number {
  const seconds = Math.floor(msc / 1000)
  return seconds + new Date(msc).getTimezoneOffset() * 60
}

/** Times that rise, whatever the reader's own clock does in spring and autumn. */
export function rising<Row extends { time: number }>(rows: readonly Row[]): Row[] {
  const kept: Row[] = []
  for (const row of rows) if (row.time > (kept.at(-1)?.time ?? Number.NEGATIVE_INFINITY)) kept.push(row)
  return kept
}

const wall = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
})

/** `3 Jan 2024, 09:15` by the server's clock. */
export const wallMoment = (msc: number | null): string => (msc === null ? '—' : wall.format(new Date(msc)))
