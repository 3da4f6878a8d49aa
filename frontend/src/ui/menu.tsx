import { DropdownMenu as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { cx } from '@/ui/cx'

export function Menu({ trigger, children }: { trigger: ReactNode; children: ReactNode }) {
  return (
    <Radix.Root>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          align="end"
          sideOffset={6}
          collisionPadding={8}
          className="z-50 min-w-48 animate-rise rounded-xl border border-line-strong bg-raised p-1 shadow-pop"
        >
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

interface ItemProps {
  onSelect: () => void
  isDanger?: boolean
  /** Shown under the item, which then cannot be chosen. */
  disabledReason?: string | undefined
  children: ReactNode
}

export function MenuItem({ onSelect, isDanger, disabledReason, children }: ItemProps) {
  return (
    <Radix.Item
      aria-disabled={disabledReason ? true : undefined}
      onSelect={event => (disabledReason ? event.preventDefault() : onSelect())}
      className={cx(
        'rounded-lg px-2.5 py-1.5 text-ink text-sm outline-none data-[highlighted]:bg-hover',
        isDanger && !disabledReason && 'text-loss',
        disabledReason && 'text-faint',
      )}
    >
      <span className="flex items-center gap-2 [&_svg]:size-4 [&_svg]:shrink-0">{children}</span>
      {disabledReason && <span className="mt-0.5 block max-w-56 text-faint text-xs">{disabledReason}</span>}
    </Radix.Item>
  )
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Radix.Label className="px-2.5 py-1.5 text-faint text-xs">{children}</Radix.Label>
}

export function MenuLine() {
  return <Radix.Separator className="my-1 h-px bg-line" />
}
