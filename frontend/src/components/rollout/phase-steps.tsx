import { Check, Minus } from 'lucide-react'
import type { Rollout } from '@/api/operator-records'
import { useNow } from '@/components/now'
import { type Phase, phasesOf, watchShare } from '@/components/rollout/words'
import { cx } from '@/ui/cx'

/** The phases of a rollout, the present one lit, with how much of the watch is over. */
export function PhaseSteps({ rollout }: { rollout: Rollout }) {
  const now = useNow()
  const share = watchShare(rollout, now)
  return (
    <ol aria-label="Phases" className="grid gap-3 sm:grid-cols-4">
      {phasesOf(rollout, now).map((phase, index) => (
        <li key={phase.label} aria-current={phase.state === 'now' ? 'step' : undefined} className="min-w-0">
          <span
            aria-hidden
            className={cx(
              'mb-2 block h-1 overflow-hidden rounded-full max-sm:hidden',
              phase.state === 'done' ? 'bg-accent' : 'bg-line-strong',
            )}
          >
            {phase.state === 'now' && (
              <span
                className="block h-full rounded-full bg-accent"
                style={{ width: `${(phase.label === 'Watch' ? (share ?? 0.04) : 0.5) * 100}%` }}
              />
            )}
          </span>
          <p className="flex items-center gap-2 font-medium text-sm">
            <Mark phase={phase} number={index + 1} />
            <span className={phase.state === 'now' || phase.state === 'done' ? 'text-ink' : 'text-faint'}>
              {phase.label}
            </span>
          </p>
          <p className="num mt-1 pl-8 text-faint text-xs">{phase.says}</p>
        </li>
      ))}
    </ol>
  )
}

function Mark({ phase, number }: { phase: Phase; number: number }) {
  return (
    <span
      className={cx(
        'num grid size-6 shrink-0 place-items-center rounded-full text-xs',
        phase.state === 'now' && 'bg-accent-strong text-accent-ink',
        phase.state === 'done' && 'bg-accent-soft text-accent',
        (phase.state === 'next' || phase.state === 'never') && 'bg-hover text-faint',
      )}
    >
      {phase.state === 'done' ? (
        <Check aria-label="done" className="size-3.5" />
      ) : phase.state === 'never' ? (
        <Minus aria-label="did not come to it" className="size-3.5" />
      ) : (
        number
      )}
    </span>
  )
}
