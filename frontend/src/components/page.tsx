import { ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { cx } from '@/ui/cx'

interface Props {
  /** The browser's title; may carry more than the heading, as a state. */
  title: string
  heading?: ReactNode
  badge?: ReactNode
  lead?: ReactNode
  actions?: ReactNode
  parent?: { label: string; to: string }
  isNarrow?: boolean
  children: ReactNode
}

/** The frame of a page: where one is, what it is, what can be done. */
export function Page({ title, heading = title, badge, lead, actions, parent, isNarrow, children }: Props) {
  return (
    <div
      className={cx(
        'mx-auto w-full max-w-[86rem] px-4 pt-5 pb-10 sm:px-6 lg:px-8 lg:pt-7',
        isNarrow && 'max-w-5xl',
      )}
    >
      <title>{`${title} · metafleet`}</title>
      {parent && (
        <nav aria-label="Breadcrumb" className="mb-2 flex items-center gap-1 text-faint text-xs">
          <Link to={parent.to} className="rounded hover:text-ink">
            {parent.label}
          </Link>
          <ChevronRight aria-hidden className="size-3" />
        </nav>
      )}
      <header className="mb-5 flex flex-wrap items-center justify-between gap-x-4 gap-y-3">
        <div className="min-w-0">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <h1 className="truncate font-semibold text-ink text-xl tracking-tight">{heading}</h1>
            {badge}
          </div>
          {lead && <div className="mt-1 text-muted text-sm">{lead}</div>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  )
}
