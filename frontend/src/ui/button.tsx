import { Slot } from 'radix-ui'
import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react'
import { cx } from '@/ui/cx'
import { Tooltip } from '@/ui/tooltip'

const VARIANTS = {
  primary: 'bg-accent-strong text-accent-ink hover:brightness-110 shadow-sm',
  secondary: 'border border-line-strong bg-raised text-ink hover:bg-hover',
  ghost: 'text-muted hover:bg-hover hover:text-ink',
  danger: 'bg-danger text-white hover:brightness-110 shadow-sm',
} as const

const SIZES = {
  sm: 'h-8 gap-1.5 px-2.5 text-sm [&_svg]:size-3.5',
  md: 'h-9 gap-2 px-3.5 text-sm [&_svg]:size-4',
  lg: 'h-11 gap-2 px-5 text-base [&_svg]:size-4',
  icon: 'size-8 [&_svg]:size-4',
} as const

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  variant?: keyof typeof VARIANTS
  size?: keyof typeof SIZES
  /** Style the child (a link) as a button instead. */
  asChild?: boolean
  isBusy?: boolean
  /** Why it cannot be used now. The button stays focusable, so that everyone can learn the reason. */
  disabledReason?: string | undefined
  ref?: Ref<HTMLButtonElement>
  children: ReactNode
}

export function Button({
  variant = 'secondary',
  size = 'md',
  asChild = false,
  isBusy = false,
  disabledReason,
  className,
  onClick,
  type = 'button',
  ...rest
}: Props) {
  const isOff = Boolean(disabledReason) || isBusy
  const Tag = asChild ? Slot.Root : 'button'
  const button = (
    <Tag
      {...rest}
      {...(asChild ? {} : { type: isOff ? 'button' : type })}
      aria-disabled={isOff || undefined}
      aria-busy={isBusy || undefined}
      onClick={isOff ? event => event.preventDefault() : onClick}
      className={cx(
        'inline-flex shrink-0 select-none items-center justify-center whitespace-nowrap rounded-lg font-medium transition-[background-color,color,filter,opacity] duration-100',
        VARIANTS[variant],
        SIZES[size],
        isOff && 'cursor-not-allowed opacity-45 hover:brightness-100',
        isBusy && 'animate-sheen',
        className,
      )}
    />
  )
  return disabledReason ? <Tooltip text={disabledReason}>{button}</Tooltip> : button
}
