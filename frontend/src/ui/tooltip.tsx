import { Tooltip as Radix } from 'radix-ui'
import type { ReactNode } from 'react'

interface Props {
  text: ReactNode
  side?: 'top' | 'right' | 'bottom' | 'left'
  children: ReactNode
}

/** A word of explanation on hover and on focus. The child must be focusable, or the keyboard misses it. */
export function Tooltip({ text, side = 'top', children }: Props) {
  if (!text) return children
  return (
    <Radix.Root delayDuration={200}>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          side={side}
          sideOffset={6}
          collisionPadding={8}
          className="z-[70] max-w-72 animate-rise rounded-md border border-line-strong bg-raised px-2.5 py-1.5 text-muted text-xs leading-relaxed shadow-pop"
        >
          {text}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

export const TooltipProvider = Radix.Provider
