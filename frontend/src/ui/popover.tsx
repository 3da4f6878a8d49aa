import { Popover as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { cx } from '@/ui/cx'

interface Props {
  /** A button; the popover opens on it by click and by key. */
  trigger: ReactNode
  label: string
  align?: 'start' | 'end'
  className?: string
  /** Given both, its owner decides whether it is open. */
  isOpen?: boolean
  onOpenChange?: (isOpen: boolean) => void
  children: ReactNode
}

/** A panel about the thing that was pressed: a few sentences, or what can be chosen for it. */
export function Popover({
  trigger,
  label,
  align = 'start',
  className,
  isOpen,
  onOpenChange,
  children,
}: Props) {
  const control = isOpen === undefined || !onOpenChange ? {} : { open: isOpen, onOpenChange }
  return (
    <Radix.Root {...control}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          aria-label={label}
          align={align}
          sideOffset={6}
          collisionPadding={12}
          // A click in here must not open the row that the trigger stands in.
          onClick={event => event.stopPropagation()}
          className={cx(
            'z-[60] max-h-[min(28rem,var(--radix-popover-content-available-height))] w-80 max-w-[calc(100vw-1.5rem)] animate-rise overflow-y-auto rounded-xl border border-line-strong bg-raised p-4 text-sm shadow-pop outline-none',
            className,
          )}
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
