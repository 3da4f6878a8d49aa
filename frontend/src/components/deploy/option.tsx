import type { ReactNode } from 'react'
import { cx } from '@/ui/cx'

interface Props {
  group: string
  isChosen: boolean
  onChoose: () => void
  /** Why it cannot be chosen. */
  reason?: string | undefined
  className?: string
  children: ReactNode
}

/** One of several cards to choose from: a radio button for the keyboard, a card for the eye. */
export function Option({ group, isChosen, onChoose, reason, className, children }: Props) {
  return (
    <label
      className={cx(
        'relative block rounded-xl border border-line bg-surface p-4 transition-colors has-focus-visible:outline-2 has-focus-visible:outline-accent has-focus-visible:outline-offset-2',
        reason ? 'cursor-not-allowed opacity-60' : 'cursor-pointer hover:border-line-strong',
        isChosen && 'border-accent bg-accent-soft/50 hover:border-accent',
        className,
      )}
    >
      <input
        type="radio"
        name={group}
        className="sr-only"
        checked={isChosen}
        disabled={Boolean(reason)}
        onChange={onChoose}
      />
      {children}
      {reason && <span className="mt-2 block text-warn text-xs">{reason}</span>}
    </label>
  )
}
