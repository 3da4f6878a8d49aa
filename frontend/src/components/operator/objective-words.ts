import { CircleAlert, CircleCheck, CircleDashed, Flame } from 'lucide-react'
import type { Objective } from '@/api/operator-records'
import type { Look } from '@/components/states'
import { percent } from '@/format/percent'

export const OBJECTIVE_STATES: Record<Objective['state'], Look> = {
  fine: { label: 'Fine', tone: 'profit', icon: CircleCheck, says: 'There is budget left, and no alarm.' },
  burning: {
    label: 'Burning',
    tone: 'loss',
    icon: Flame,
    says: 'So much is bad just now that the budget would not last.',
  },
  spent: {
    label: 'Spent',
    tone: 'warn',
    icon: CircleAlert,
    says: 'More was bad in these four weeks than may be; just now it is well.',
  },
  'no data': { label: 'No data yet', tone: 'neutral', icon: CircleDashed, says: 'Nothing has happened yet.' },
}

/** A share of good events, never rounded up to all of them: `99.99 %`. */
export function goodShare(ratio: number | null): string {
  return ratio === null ? '—' : percent(Math.floor(ratio * 10_000 + 1e-6) / 10_000, 2)
}

/** What is left of a budget, in words that a negative one has too. */
export function leftText(ratio: number | null): string {
  if (ratio === null) return '—'
  return ratio < 0 ? `${percent(-ratio, 0)} over` : percent(Math.floor(ratio * 100 + 1e-6) / 100, 0)
}

/** A window of hours as people say it: `1 h`, `3 d`. */
export const windowText = (hours: number): string => (hours % 24 === 0 ? `${hours / 24} d` : `${hours} h`)

/** How many times as fast as it may a budget burns: `14.4×`; one digit says enough. */
export function burnText(rate: number | null): string {
  if (rate === null) return '—'
  return rate > 0 && rate < 0.05 ? '< 0.1×' : `${rate.toFixed(1)}×`
}
