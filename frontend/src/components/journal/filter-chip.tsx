import { ChevronDown, X } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { cx } from '@/ui/cx'
import { Popover } from '@/ui/popover'

interface Props {
  label: string
  /** What is chosen, in words; nothing while all are shown. */
  value: string
  onClear: () => void
  className?: string
  children: ReactNode | ((close: () => void) => ReactNode)
}

/** One filter: its name while it narrows nothing, then what it narrows to and a way to drop it. */
export function FilterChip({ label, value, onClear, className, children }: Props) {
  const [isOpen, setOpen] = useState(false)
  const isOn = value !== ''
  return (
    <span
      className={cx(
        'inline-flex h-8 shrink-0 items-stretch rounded-lg border font-medium text-sm transition-colors',
        isOn
          ? 'border-accent/40 bg-accent-soft text-ink'
          : 'border-line-strong bg-raised text-muted hover:text-ink',
      )}
    >
      <Popover
        label={label}
        isOpen={isOpen}
        onOpenChange={setOpen}
        className={cx('w-60 p-0', className)}
        trigger={
          <button
            type="button"
            aria-label={isOn ? `${label}: ${value}` : label}
            className={cx('inline-flex items-center gap-1.5 rounded-lg pl-2.5', isOn ? 'pr-1' : 'pr-2')}
          >
            {isOn ? <span className="max-w-44 truncate">{value}</span> : label}
            {!isOn && <ChevronDown aria-hidden className="size-3.5 text-faint" />}
          </button>
        }
      >
        {typeof children === 'function' ? children(() => setOpen(false)) : children}
      </Popover>
      {isOn && (
        <button
          type="button"
          aria-label={`Any ${label.toLowerCase()}`}
          title={`Any ${label.toLowerCase()}`}
          onClick={onClear}
          className="grid w-6 place-items-center rounded-r-lg text-faint hover:text-ink"
        >
          <X aria-hidden className="size-3.5" />
        </button>
      )}
    </span>
  )
}
