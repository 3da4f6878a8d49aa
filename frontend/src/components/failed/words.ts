import type { FailedItem } from '@/api/records'
import { age } from '@/format/age'

const KINDS: Record<string, string> = {
  deal: 'Deal',
  trade: 'Deal',
  trades: 'Deal',
  position: 'Position',
  positions: 'Position',
  candle: 'Candle',
  candles: 'Candles',
}

export const kindWords = (kind: string): string => KINDS[kind] ?? kind

/** A raw item as a person can read it: indented where it is JSON, as it came where it is not. */
export function pretty(item: string): string {
  try {
    return JSON.stringify(JSON.parse(item), null, 2)
  } catch {
    return item
  }
}

const TRIES = 3

/** Whose fault it was, and what happens next by itself. */
export function nextWords(row: Pick<FailedItem, 'isOurs' | 'attempt' | 'dueAt'>, now: number): string {
  if (row.dueAt !== null) {
    const seconds = (Date.parse(row.dueAt) - now) / 1000
    const when = seconds > 1 ? `in ${age(seconds)}` : 'now'
    return `Tried again by itself ${when}, try ${Math.min(row.attempt + 1, TRIES)} of ${TRIES}`
  }
  return row.isOurs ? 'Tried three times. Try it by hand, or tell the operator.' : 'Waits for you'
}
