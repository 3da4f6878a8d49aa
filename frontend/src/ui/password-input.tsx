import { Eye, EyeOff } from 'lucide-react'
import { type ComponentProps, useState } from 'react'
import { cx } from '@/ui/cx'
import { Input } from '@/ui/input'

/** A password that can be looked at while it is typed, and may be pasted. */
export function PasswordInput({ className, ...rest }: ComponentProps<typeof Input>) {
  const [isShown, setShown] = useState(false)
  const Icon = isShown ? EyeOff : Eye
  return (
    <span className="relative block min-w-0">
      <Input
        {...rest}
        type={isShown ? 'text' : 'password'}
        maxLength={256}
        spellCheck={false}
        autoCapitalize="none"
        className={cx('pr-11', className)}
      />
      <button
        type="button"
        aria-label={isShown ? 'Hide what is typed' : 'Show what is typed'}
        aria-pressed={isShown}
        onClick={() => setShown(!isShown)}
        className="absolute inset-y-0 right-1 my-auto grid size-8 place-items-center rounded-md text-faint hover:text-ink"
      >
        <Icon aria-hidden className="size-4" />
      </button>
    </span>
  )
}
