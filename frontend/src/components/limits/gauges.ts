import type { AccountGoal, AccountLimit, DailyMove } from '@/api/limits'
import { money } from '@/format/money'

export const LIMITS = { daily_loss: 'Daily loss', total_loss: 'Total loss' } as const
export const GOALS = {
  profit_target: 'Profit target',
  min_days: 'Days traded',
  consistency: 'Best day of all profit',
} as const

export const STAGES = [50, 75, 90] as const

/** How grave it is that so much of a limit is used: people are warned at 50, 75 and 90 percent. */
export type Stage = 'calm' | 'watch' | 'near' | 'last' | 'broken'

export function stageOf(percent: number): Stage {
  if (percent >= 100) return 'broken'
  if (percent >= 90) return 'last'
  if (percent >= 75) return 'near'
  return percent >= 50 ? 'watch' : 'calm'
}

/** How far the limit is from breaking, of the equity; none once it is broken. */
export function distanceRatio(limit: AccountLimit): number {
  const equity = limit.floor + limit.left
  return equity > 0 ? Math.max(0, limit.left) / equity : 0
}

/** How many lots would break it by a usual day's move against them; null where that is not known. */
export function lotsTo(limit: AccountLimit, move: DailyMove): number | null {
  return move.moneyPerLot ? Math.max(0, limit.left) / move.moneyPerLot : null
}

/** How much of a goal is reached, 0 to 1. The best day's share must not grow beyond its goal. */
export function goalShare(goal: AccountGoal): number {
  if (goal.isMet) return 1
  if (goal.kind === 'consistency') return goal.reached > 0 ? Math.min(1, goal.wanted / goal.reached) : 0
  return Math.min(1, Math.max(0, goal.reached) / goal.wanted)
}

/** A goal's figures: `$240.00 of $800.00`, `2 of 4 days`, `61 % of at most 50 %`. */
export function goalWords(goal: AccountGoal, currency: string): string {
  switch (goal.kind) {
    case 'profit_target':
      return `${money(goal.reached, currency)} of ${money(goal.wanted, currency)}`
    case 'min_days':
      return `${goal.reached} of ${goal.wanted} days`
    case 'consistency':
      return goal.reached > 0
        ? `${goal.reached.toFixed(0)} % of at most ${goal.wanted} %`
        : `at most ${goal.wanted} %, no profit yet`
  }
}
