import { CircleAlert } from 'lucide-react'
import { type ReactNode, useId } from 'react'
import { cx } from '@/ui/cx'

export interface ControlProps {
  id: string
  'aria-invalid': boolean
  'aria-describedby': string | undefined
}

interface Props {
  label: ReactNode
  hint?: ReactNode
  error?: string | undefined
  /** What stands at the right of the label, as a range or a link. */
  aside?: ReactNode
  className?: string
  children: (control: ControlProps) => ReactNode
}

/** A label, a control, its help and its fault, tied together for whoever cannot see them together. */
export function Field({ label, hint, error, aside, className, children }: Props) {
  const id = useId()
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ')
  return (
    <div className={cx('min-w-0', className)}>
      <div className="mb-1.5 flex items-baseline gap-2">
        <label htmlFor={id} className="font-medium text-ink text-sm">
          {label}
        </label>
        {aside && <span className="ml-auto text-faint text-xs">{aside}</span>}
      </div>
      {children({ id, 'aria-invalid': Boolean(error), 'aria-describedby': described || undefined })}
      {error && (
        <p id={`${id}-error`} className="mt-1.5 flex items-start gap-1.5 text-loss text-xs">
          <CircleAlert aria-hidden className="mt-px size-3.5 shrink-0" />
          {error}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="mt-1.5 text-faint text-xs">
          {hint}
        </p>
      )}
    </div>
  )
}
