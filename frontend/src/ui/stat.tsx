import type { ReactNode } from 'react'
import { cx } from '@/ui/cx'

interface Props {
  label: ReactNode
  value: ReactNode
  note?: ReactNode
  className?: string
}

export function Stat({ label, value, note, className }: Props) {
  return (
    <div className={cx('min-w-0', className)}>
      <dt className="truncate text-faint text-xs">{label}</dt>
      <dd className="num mt-1 truncate font-semibold text-base text-ink">{value}</dd>
      {note && <dd className="num mt-0.5 truncate text-faint text-xs">{note}</dd>}
    </div>
  )
}

/** A row of stats, hairlines between them, that folds into two columns on a phone. */
export function StatStrip({ className, children }: { className?: string; children: ReactNode }) {
  return (
    <dl
      className={cx(
        'grid grid-cols-2 gap-px overflow-hidden rounded-xl border border-line bg-line sm:grid-cols-3 lg:grid-flow-col lg:auto-cols-fr lg:grid-cols-none [&>*]:bg-surface [&>*]:px-4 [&>*]:py-3 max-sm:[&>*:last-child:nth-child(odd)]:col-span-2 sm:max-lg:[&>*:last-child:nth-child(3n+1)]:col-span-3',
        className,
      )}
    >
      {children}
    </dl>
  )
}
