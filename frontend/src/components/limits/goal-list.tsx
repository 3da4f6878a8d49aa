import { CircleCheck } from 'lucide-react'
import type { AccountGoal } from '@/api/limits'
import { GOALS, goalShare, goalWords } from '@/components/limits/gauges'
import { cx } from '@/ui/cx'

/** What is to be reached before the phase is passed. */
export function GoalList({ goals, currency }: { goals: readonly AccountGoal[]; currency: string }) {
  if (goals.length === 0) return null
  return (
    <ul aria-label="Goals" className="grid gap-x-6 gap-y-3 sm:grid-cols-2 xl:grid-cols-3">
      {goals.map(goal => (
        <li key={goal.kind}>
          <p className="flex items-center justify-between gap-3 text-xs">
            <span className="flex items-center gap-1.5 text-muted">
              {GOALS[goal.kind]}
              {goal.isMet && <CircleCheck aria-label="met" className="size-3.5 text-profit" />}
            </span>
            <span className="num text-ink">{goalWords(goal, currency)}</span>
          </p>
          <div aria-hidden className="mt-1.5 h-1 overflow-hidden rounded-full bg-line-strong">
            <div
              className={cx('h-full rounded-full', goal.isMet ? 'bg-profit' : 'bg-accent')}
              style={{ width: `${goalShare(goal) * 100}%` }}
            />
          </div>
        </li>
      ))}
    </ul>
  )
}
