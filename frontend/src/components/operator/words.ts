import { CircleCheck, CircleDashed, CircleStop, Minus, TrendingDown, TrendingUp, WifiOff } from 'lucide-react'
import type { Host, Waiting } from '@/api/operator-records'
import type { Look } from '@/components/states'
import { duration } from '@/format/age'

export const HOST_STATES: Record<Host['state'], Look> = {
  active: { label: 'Active', tone: 'profit', icon: CircleCheck, says: 'EAs are started on it.' },
  draining: {
    label: 'Draining',
    tone: 'warn',
    icon: CircleDashed,
    says: 'Nothing new is started on it; what is on it moves away while it holds no position.',
  },
  lost: { label: 'Lost', tone: 'loss', icon: WifiOff, says: 'Nothing was heard of it for a minute.' },
  gone: { label: 'Gone', tone: 'neutral', icon: CircleStop, says: 'It was removed.' },
}

const ACTIONS: Record<string, Look> = {
  up: { label: 'Up', tone: 'accent', icon: TrendingUp, says: 'Hosts were made or taken back.' },
  drain: {
    label: 'Drain',
    tone: 'warn',
    icon: CircleDashed,
    says: 'The least used hosts are being emptied.',
  },
  down: { label: 'Down', tone: 'neutral', icon: TrendingDown, says: 'Empty hosts were ended.' },
}

export function actionLook(action: string): Look {
  return ACTIONS[action] ?? { label: 'Nothing', tone: 'neutral', icon: Minus, says: 'Nothing was changed.' }
}

/** How long the oldest has waited, under a count. */
export function oldest(waiting: Waiting): string {
  return waiting.oldestS === null ? 'none waits' : `oldest ${duration(waiting.oldestS)}`
}

/** From here on work is late: the sweep comes every two seconds. */
const LATE_S = 15

export const isLate = (waiting: Waiting): boolean => (waiting.oldestS ?? 0) > LATE_S

/** MB as GB where that is shorter. */
export function memory(mb: number | null | undefined): string {
  if (mb === null || mb === undefined) return '—'
  return mb < 1000 ? `${Math.round(mb)} MB` : `${(mb / 1000).toFixed(mb < 10_000 ? 1 : 0)} GB`
}

/** A price that may be below a cent: four digits then. */
export function dollars(value: number | null | undefined): string {
  if (value === null || value === undefined) return '—'
  const isSmall = value !== 0 && Math.abs(value) < 1
  return `$${value.toLocaleString('en-US', {
    minimumFractionDigits: 2,
    maximumFractionDigits: isSmall ? 4 : 2,
  })}`
}

/** Bytes in the unit that reads best, by thousands. */
export function size(bytes: number): string {
  const units = ['kB', 'MB', 'GB', 'TB']
  let value = bytes / 1000
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`
}
