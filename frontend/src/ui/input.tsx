import { ChevronDown } from 'lucide-react'
import type { InputHTMLAttributes, ReactNode, Ref, SelectHTMLAttributes } from 'react'
import { cx } from '@/ui/cx'

const BOX =
  'h-9 w-full min-w-0 rounded-lg border border-line-strong bg-field px-3 text-ink text-sm transition-colors placeholder:text-faint hover:border-faint focus:border-accent focus:outline-2 focus:outline-accent/30 focus:outline-offset-0 aria-invalid:border-loss'

interface InputProps extends InputHTMLAttributes<HTMLInputElement> {
  unit?: ReactNode
  icon?: ReactNode
  ref?: Ref<HTMLInputElement>
}

export function Input({ unit, icon, className, ...rest }: InputProps) {
  const input = (
    <input
      {...rest}
      className={cx(BOX, icon && 'pl-8.5', unit && 'pr-24', rest.inputMode === 'decimal' && 'num', className)}
    />
  )
  if (!unit && !icon) return input
  return (
    <span className="relative block min-w-0">
      {icon && (
        <span className="pointer-events-none absolute inset-y-0 left-2.5 flex items-center text-faint [&_svg]:size-4">
          {icon}
        </span>
      )}
      {input}
      {unit && (
        <span className="pointer-events-none absolute inset-y-0 right-3 flex items-center text-faint text-xs">
          {unit}
        </span>
      )}
    </span>
  )
}

interface SelectProps extends SelectHTMLAttributes<HTMLSelectElement> {
  ref?: Ref<HTMLSelectElement>
}

/** The platform's own list: every phone and screen reader knows how to use it. */
export function Select({ className, children, ...rest }: SelectProps) {
  return (
    <span className={cx('relative block min-w-0', className)}>
      <select {...rest} className={cx(BOX, 'appearance-none pr-8')}>
        {children}
      </select>
      <ChevronDown
        aria-hidden
        className="pointer-events-none absolute inset-y-0 right-2.5 my-auto size-4 text-faint"
      />
    </span>
  )
}
