import type { ReactNode } from 'react'
import { cx } from '@/ui/cx'

interface Props {
  title?: ReactNode
  hint?: ReactNode
  actions?: ReactNode
  className?: string | undefined
  bodyClassName?: string
  children: ReactNode
}

export function Card({ title, hint, actions, className, bodyClassName, children }: Props) {
  const hasHead = title !== undefined || actions !== undefined
  return (
    <section className={cx('min-w-0 rounded-xl border border-line bg-surface', className)}>
      {hasHead && (
        <header className="flex min-h-12 flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2">
          <h2 className="font-semibold text-ink text-sm">{title}</h2>
          {hint && <p className="text-faint text-xs">{hint}</p>}
          {actions && <div className="ml-auto flex items-center gap-2">{actions}</div>}
        </header>
      )}
      <div className={cx(hasHead ? 'px-4 pb-4' : 'p-4', bodyClassName)}>{children}</div>
    </section>
  )
}
