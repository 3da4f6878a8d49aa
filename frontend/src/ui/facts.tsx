import type { ReactNode } from 'react'
import { cx } from '@/ui/cx'

interface Props {
  facts: readonly (readonly [label: string, value: ReactNode])[]
  columns?: 1 | 2
  className?: string
}

/** Names and values, one a line; of two columns the last of an odd number has the whole width. */
export function Facts({ facts, columns = 1, className }: Props) {
  return (
    <dl
      className={cx(
        'grid grid-cols-1 gap-x-8',
        columns === 2 &&
          'sm:grid-cols-2 sm:[&>*:last-child:nth-child(odd)]:col-span-2 sm:[&>*:nth-last-child(2):nth-child(odd)]:border-b-0',
        className,
      )}
    >
      {facts.map(([label, value]) => (
        <div
          key={label}
          className="flex min-h-9 items-center justify-between gap-4 border-line border-b py-1.5 last:border-b-0"
        >
          <dt className="shrink-0 text-muted text-sm">{label}</dt>
          <dd className="num min-w-0 truncate text-right text-ink text-sm">{value}</dd>
        </div>
      ))}
    </dl>
  )
}
