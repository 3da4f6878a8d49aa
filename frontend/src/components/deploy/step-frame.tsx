import { ArrowLeft, ArrowRight } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Choices, Step } from '@/components/deploy/choices'
import { Button } from '@/ui/button'

export interface StepProps {
  choices: Choices
  /** Keep a choice, on the same step. */
  onChange: (changes: Partial<Choices>) => void
  /** Go to a step as a step of its own in the browser's history. */
  onNext: (step: Step, changes?: Partial<Choices>) => void
}

interface Props {
  title: string
  lead?: ReactNode
  onBack?: () => void
  onNext?: () => void
  nextLabel?: ReactNode
  nextReason?: string | undefined
  isBusy?: boolean
  onBlur?: () => void
  children: ReactNode
}

/** One step: Enter goes on, as in every form. */
export function StepFrame({
  title,
  lead,
  onBack,
  onNext,
  nextLabel,
  nextReason,
  isBusy,
  onBlur,
  children,
}: Props) {
  return (
    <form
      noValidate
      aria-label={title}
      onBlur={onBlur}
      onSubmit={event => {
        event.preventDefault()
        if (!nextReason && !isBusy) onNext?.()
      }}
    >
      <h2 className="font-semibold text-ink text-lg tracking-tight">{title}</h2>
      {lead && <p className="mt-1 text-muted text-sm">{lead}</p>}
      <div className="mt-5">{children}</div>
      <div className="sticky bottom-15 z-10 -mx-4 mt-8 flex justify-between gap-3 border-line border-t bg-canvas/95 px-4 py-3 backdrop-blur sm:static sm:mx-0 sm:border-0 sm:bg-transparent sm:px-0">
        {onBack ? (
          <Button variant="ghost" onClick={onBack}>
            <ArrowLeft /> Back
          </Button>
        ) : (
          <span />
        )}
        {onNext && (
          <Button type="submit" variant="primary" disabledReason={nextReason} isBusy={isBusy ?? false}>
            {nextLabel ?? (
              <>
                Continue <ArrowRight />
              </>
            )}
          </Button>
        )}
      </div>
    </form>
  )
}
