import { ArrowDown, ArrowUp } from 'lucide-react'
import type { ComponentProps, ReactNode, TdHTMLAttributes } from 'react'
import { cx } from '@/ui/cx'

/** A table that scrolls sideways within its own box, never the page. */
export function Table({
  label,
  rowCount,
  className,
  children,
}: {
  label: string
  /** With the head, where not all rows are there at once. */
  rowCount?: number
  className?: string
  children: ReactNode
}) {
  return (
    <div className={cx('relative min-w-0 overflow-x-auto', className)}>
      <table
        aria-label={label}
        aria-rowcount={rowCount}
        className="w-full border-separate border-spacing-0 text-sm"
      >
        {children}
      </table>
    </div>
  )
}

interface ThProps {
  isNumber?: boolean
  className?: string
  /** Makes the head a button that sorts; `order` says how it sorts now. */
  onSort?: (() => void) | undefined
  order?: 'ascending' | 'descending' | undefined
  children?: ReactNode
}

export function Th({ isNumber, className, onSort, order, children }: ThProps) {
  const Arrow = order === 'ascending' ? ArrowUp : ArrowDown
  return (
    <th
      scope="col"
      aria-sort={order}
      className={cx(
        'h-9 whitespace-nowrap border-line border-b px-3 text-left font-medium text-faint text-xs first:pl-4 last:pr-4',
        isNumber && 'text-right',
        className,
      )}
    >
      {onSort ? (
        <button
          type="button"
          onClick={onSort}
          className={cx(
            'group inline-flex items-center gap-1 rounded align-middle hover:text-ink',
            isNumber && 'flex-row-reverse',
            order && 'text-ink',
          )}
        >
          {children}
          <Arrow aria-hidden className={cx('size-3', !order && 'opacity-0 group-hover:opacity-60')} />
        </button>
      ) : (
        children
      )}
    </th>
  )
}

export function Tr({ className, ...rest }: ComponentProps<'tr'>) {
  return (
    <tr
      {...rest}
      className={cx('transition-colors hover:bg-hover/60 [&:last-child>td]:border-b-0', className)}
    />
  )
}

interface TdProps extends TdHTMLAttributes<HTMLTableCellElement> {
  isNumber?: boolean
}

export function Td({ isNumber, className, ...rest }: TdProps) {
  return (
    <td
      {...rest}
      className={cx(
        'h-11 border-line border-b px-3 py-1.5 first:pl-4 last:pr-4',
        isNumber && 'num whitespace-nowrap text-right',
        className,
      )}
    />
  )
}
