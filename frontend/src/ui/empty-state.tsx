import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'
import { cx } from '@/ui/cx'

interface Props {
  icon: LucideIcon
  title: string
  children?: ReactNode
  actions?: ReactNode
  className?: string
}

/** What stands where nothing is yet: why it is empty, and what to do about it. */
export function EmptyState({ icon: Icon, title, children, actions, className }: Props) {
  return (
    <div className={cx('flex flex-col items-center px-6 py-12 text-center', className)}>
      <span className="mb-4 grid size-11 place-items-center rounded-xl border border-line bg-hover text-faint">
        <Icon aria-hidden className="size-5" strokeWidth={1.75} />
      </span>
      <h3 className="font-semibold text-ink text-sm">{title}</h3>
      {children && <div className="mt-1 max-w-md text-muted text-sm">{children}</div>}
      {actions && <div className="mt-5 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  )
}
