import type { JournalChoice } from '@/components/journal/filters'

export const WEEKDAYS = [
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
  'Sunday',
] as const

export const SESSION_WORDS: Record<Exclude<JournalChoice['session'], ''>, string> = {
  asia: 'Asia',
  london: 'London',
  newyork: 'New York',
}

export const RESULT_WORDS: Record<Exclude<JournalChoice['result'], ''>, string> = {
  win: 'Won',
  loss: 'Lost',
  even: 'Break-even',
}

/** `14` as `14:00 – 15:00`. */
export function hourWords(hour: string | number): string {
  const at = (value: number) => `${String(value % 24).padStart(2, '0')}:00`
  return `${at(Number(hour))} – ${at(Number(hour) + 1)}`
}

export const zoneWords = (tz: string): string => (tz ? tz.replaceAll('_', ' ') : 'UTC')
