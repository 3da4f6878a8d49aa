import { Star, X } from 'lucide-react'
import { useId } from 'react'
import { cx } from '@/ui/cx'

interface Props {
  label: string
  value: number | null
  onChange: (value: number | null) => void
  disabled?: boolean
}

const STARS = [1, 2, 3, 4, 5]

/** One to five, or none: a choice of radios that looks like stars. */
export function Stars({ label, value, onChange, disabled }: Props) {
  const name = useId()
  return (
    <fieldset disabled={disabled} className="group/stars inline-flex items-center">
      <legend className="sr-only">{label}</legend>
      {STARS.map(star => (
        <label
          key={star}
          title={`${star} of 5`}
          className="cursor-pointer rounded p-0.5 has-focus-visible:outline-2 has-focus-visible:outline-accent"
        >
          <input
            type="radio"
            name={name}
            value={star}
            checked={value === star}
            onChange={() => onChange(star)}
            className="sr-only"
          />
          <span className="sr-only">{star} of 5</span>
          <Star
            aria-hidden
            className={cx(
              'size-5 transition-colors',
              star <= (value ?? 0) ? 'fill-warn text-warn' : 'text-line-strong hover:text-warn',
            )}
            strokeWidth={1.75}
          />
        </label>
      ))}
      <button
        type="button"
        aria-label="No rating"
        title="No rating"
        onClick={() => onChange(null)}
        className={cx('ml-1 rounded p-0.5 text-faint hover:text-ink', value === null && 'invisible')}
      >
        <X aria-hidden className="size-3.5" />
      </button>
    </fieldset>
  )
}
