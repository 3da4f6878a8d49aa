import type { ComponentProps } from 'react'
import { cx } from '@/ui/cx'
import { Input } from '@/ui/input'

/** A code from a mail or an app; phones offer to fill it in. */
export function CodeInput({ className, ...rest }: ComponentProps<typeof Input>) {
  return (
    <Input
      {...rest}
      autoComplete="one-time-code"
      autoCapitalize="characters"
      spellCheck={false}
      maxLength={20}
      className={cx('num h-10 text-base tracking-widest', className)}
    />
  )
}
