import { addDays, addMonths, shortDay, weekdayOf } from '@/format/day'

export interface Period {
  from: string
  to: string
}

const monthOf = (month: string): Period => ({
  from: `${month}-01`,
  to: addDays(`${addMonths(month, 1)}-01`, -1),
})

/** The spans that one asks for most, each reckoned from today. */
export const PERIODS: readonly { name: string; of: (today: string) => Period }[] = [
  { name: 'Today', of: today => ({ from: today, to: today }) },
  { name: 'Yesterday', of: today => ({ from: addDays(today, -1), to: addDays(today, -1) }) },
  { name: 'This week', of: today => ({ from: addDays(today, -weekdayOf(today)), to: today }) },
  {
    name: 'Last week',
    of: today => {
      const monday = addDays(today, -weekdayOf(today) - 7)
      return { from: monday, to: addDays(monday, 6) }
    },
  },
  { name: 'This month', of: today => ({ from: `${today.slice(0, 7)}-01`, to: today }) },
  { name: 'Last month', of: today => monthOf(addMonths(today.slice(0, 7), -1)) },
  { name: 'Last 30 days', of: today => ({ from: addDays(today, -29), to: today }) },
  { name: 'Last 90 days', of: today => ({ from: addDays(today, -89), to: today }) },
  { name: 'This year', of: today => ({ from: `${today.slice(0, 4)}-01-01`, to: today }) },
]

/** A span in words: its name where it has one, otherwise its days. */
export function periodWords(from: string, to: string, today: string): string {
  if (!from && !to) return ''
  const named = PERIODS.find(period => {
    const span = period.of(today)
    return span.from === from && span.to === to
  })
  if (named) return named.name
  const year = today.slice(0, 4)
  if (!from) return `until ${shortDay(to, year)}`
  if (!to) return `since ${shortDay(from, year)}`
  return from === to ? shortDay(from, year) : `${shortDay(from, year)} – ${shortDay(to, year)}`
}
