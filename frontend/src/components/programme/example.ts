import type { Phase } from '@/api/programmes'

/** A moment of an example: in percent above or below the phase's first balance. */
export interface Moment {
  day: number
  balance: number
  equity: number
}

/** Five days that show what each term does: a rise with an open profit overnight, a fall, a recovery. */
const EQUITY: readonly (readonly number[])[] = [
  [0, 0.6, 0.3, 1.2, 1.8, 1.5, 2.2, 2.4],
  [2.4, 3.1, 2.7, 3.8, 5, 4.4, 4.9, 4.6],
  [4.6, 4, 3.1, 2.2, 1.4, 1.9, 1.2, 1.5],
  [1.5, 0.9, -0.2, 0.4, -0.8, -1.4, -0.9, -1.1],
  [-1.1, -0.3, 0.8, 0.2, 1.1, 1.9, 1.4, 2.2],
]
/** What of each day's end was closed: the second night's profit is mostly open. */
const CLOSED = [2, 3.2, 1.5, -1.1, 2.2]

export const EXAMPLE: readonly Moment[] = EQUITY.flatMap((values, day) =>
  values.map((equity, at) => ({
    day,
    equity,
    balance: at === values.length - 1 ? (CLOSED[day] ?? 0) : (CLOSED[day - 1] ?? 0),
  })),
)

/** Where equity breaks a limit at each moment, in percent of the first balance; null without such a limit. */
export interface Floors {
  daily: number | null
  total: number | null
}

/** Work out the floors along a path, as the engine does. */
export function floorsOf(phase: Phase, path: readonly Moment[]): Floors[] {
  let before: Moment = path[0] ?? { day: 0, balance: 0, equity: 0 }
  let start = before
  let peak = 0
  let dayPeak = 0
  return path.map(now => {
    if (now.day !== before.day) {
      start = before
      dayPeak = Math.max(dayPeak, before.balance)
    }
    before = now
    peak = Math.max(peak, now.equity)
    return {
      daily: belowStart(phase, start),
      total: belowHeight(phase, phase.totalKind === 'trailing' ? peak : dayPeak),
    }
  })
}

function belowStart(phase: Phase, start: Moment): number | null {
  const loss = phase.dailyLossPercent
  if (!loss) return null
  const from = {
    balance: start.balance,
    equity: start.equity,
    higher: Math.max(start.balance, start.equity),
  }
  return from[phase.dailyBasis ?? 'balance'] - loss
}

function belowHeight(phase: Phase, height: number): number | null {
  const loss = phase.totalLossPercent
  if (!loss) return null
  if ((phase.totalKind ?? 'static') === 'static') return -loss
  return (phase.totalLocks ? Math.min(height, loss) : height) - loss
}

/** The first moment at which equity is at a floor, and which; null where all hold. */
export function firstBreak(
  path: readonly Moment[],
  floors: readonly Floors[],
): { at: number; kind: 'daily' | 'total' } | null {
  for (const [at, floor] of floors.entries()) {
    const equity = path[at]?.equity ?? 0
    if (floor.daily !== null && equity <= floor.daily) return { at, kind: 'daily' }
    if (floor.total !== null && equity <= floor.total) return { at, kind: 'total' }
  }
  return null
}
