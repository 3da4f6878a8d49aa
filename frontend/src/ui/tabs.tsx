import { Tabs as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { cx } from '@/ui/cx'

interface Tab<Name extends string> {
  name: Name
  label: ReactNode
}

interface Props<Name extends string> {
  label: string
  tabs: readonly Tab<Name>[]
  chosen: Name
  onChoose: (name: Name) => void
  className?: string
  children: ReactNode
}

/** Tabs whose chosen one the page keeps, in its URL. The child is the chosen tab's content. */
export function Tabs<Name extends string>({
  label,
  tabs,
  chosen,
  onChoose,
  className,
  children,
}: Props<Name>) {
  return (
    <Radix.Root value={chosen} onValueChange={name => onChoose(name as Name)} className={className}>
      <Radix.List aria-label={label} className="no-bar flex gap-5 overflow-x-auto border-line border-b px-4">
        {tabs.map(tab => (
          <Radix.Trigger
            key={tab.name}
            value={tab.name}
            className={cx(
              '-mb-px h-11 whitespace-nowrap border-transparent border-b-2 font-medium text-muted text-sm outline-offset-[-4px] transition-colors hover:text-ink',
              'data-[state=active]:border-accent data-[state=active]:text-ink',
            )}
          >
            {tab.label}
          </Radix.Trigger>
        ))}
      </Radix.List>
      <Radix.Content value={chosen} tabIndex={-1} className="outline-none">
        {children}
      </Radix.Content>
    </Radix.Root>
  )
}
