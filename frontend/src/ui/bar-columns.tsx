import type { ReactNode } from 'react'
import { cx } from '@/ui/cx'
import { Tooltip } from '@/ui/tooltip'

export interface BarColumn {
  key: string
  /** Beneath the column; "" leaves its place empty. */
  label: string
  /** What a screen reader and the tooltip say. */
  says: string
  value: number
  tip: ReactNode
}

interface Props {
  label: string
  columns: readonly BarColumn[]
  /** `sign`: by the value's own sign; otherwise given for each column by its key. */
  paint: 'sign' | 'accent' | ((key: string) => 'gain' | 'loss')
  onChoose?: ((key: string) => void) | undefined
  className?: string
}

/** Columns in their own order: hours, weekdays, months, bins of a histogram. */
export function BarColumns({ label, columns, paint, onChoose, className }: Props) {
  const top = Math.max(0, ...columns.map(column => column.value))
  const bottom = Math.min(0, ...columns.map(column => column.value))
  const span = top - bottom || 1
  const zero = (top / span) * 100
  const colourOf = (column: BarColumn) => {
    if (paint === 'accent') return 'bg-accent/70'
    const isGain = paint === 'sign' ? column.value >= 0 : paint(column.key) === 'gain'
    return isGain ? 'bg-profit/75' : 'bg-loss/75'
  }
  return (
    <fieldset className={cx('min-w-0', className)}>
      <legend className="sr-only">{label}</legend>
      <div className="relative flex h-48 items-stretch gap-px">
        <div className="absolute inset-x-0 h-px bg-line-strong" style={{ top: `${zero}%` }} />
        {columns.map(column => (
          <Tooltip key={column.key} text={column.tip}>
            <button
              type="button"
              aria-label={column.says}
              onClick={() => onChoose?.(column.key)}
              className={cx(
                'group relative min-w-0 flex-1 rounded-sm outline-offset-[-1px] hover:bg-hover',
                !onChoose && 'cursor-default!',
              )}
            >
              <span
                className={cx(
                  'absolute inset-x-[12%] mx-auto max-w-14',
                  column.value >= 0 ? 'rounded-t-[3px]' : 'rounded-b-[3px]',
                  colourOf(column),
                )}
                style={{
                  height: `${column.value === 0 ? 0 : Math.max((Math.abs(column.value) / span) * 100, 1)}%`,
                  ...(column.value >= 0 ? { bottom: `${100 - zero}%` } : { top: `${zero}%` }),
                }}
              />
            </button>
          </Tooltip>
        ))}
      </div>
      <div aria-hidden className="mt-1.5 flex gap-px text-center text-2xs text-faint">
        {columns.map(column => (
          <span key={column.key} className="num min-w-0 flex-1 overflow-visible whitespace-nowrap">
            {column.label}
          </span>
        ))}
      </div>
    </fieldset>
  )
}
