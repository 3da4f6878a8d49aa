import { Check } from 'lucide-react'
import { STEPS, type Step } from '@/components/deploy/choices'
import { cx } from '@/ui/cx'

const LABELS: Record<Step, string> = {
  template: 'EA',
  place: 'Account and symbol',
  inputs: 'Inputs',
  review: 'Review',
  launch: 'Deploy',
}

interface Props {
  current: Step
  /** Go back to a step that is done; forward leads only through the steps themselves. */
  onBack: (step: Step) => void
}

export function Stepper({ current, onBack }: Props) {
  const at = STEPS.indexOf(current)
  return (
    <ol aria-label="Steps" className="mb-6 flex items-center gap-2 sm:gap-3">
      {STEPS.map((step, index) => {
        const isDone = index < at
        return (
          <li
            key={step}
            aria-current={index === at ? 'step' : undefined}
            className={cx('flex min-w-0 items-center gap-2 sm:gap-3', index > 0 && 'flex-1')}
          >
            {index > 0 && (
              <span
                aria-hidden
                className={cx('h-px min-w-2 flex-1', index <= at ? 'bg-accent' : 'bg-line-strong')}
              />
            )}
            <button
              type="button"
              disabled={!isDone || current === 'launch'}
              onClick={() => onBack(step)}
              className="flex items-center gap-2 rounded-md font-medium text-sm enabled:hover:text-accent"
            >
              <span
                className={cx(
                  'num grid size-6 shrink-0 place-items-center rounded-full text-xs',
                  index === at && 'bg-accent-strong text-accent-ink',
                  isDone && 'bg-accent-soft text-accent',
                  index > at && 'bg-hover text-faint',
                )}
              >
                {isDone ? <Check aria-label="done" className="size-3.5" /> : index + 1}
              </span>
              <span
                className={cx('whitespace-nowrap max-lg:sr-only', index === at ? 'text-ink' : 'text-faint')}
              >
                {LABELS[step]}
              </span>
            </button>
          </li>
        )
      })}
    </ol>
  )
}
