import type { ReactNode } from 'react'
import { cx } from '@/ui/cx'

export interface HeatDay {
  day: string
  /** 0 to 100: how much of its colour the cell gets. */
  heat: number
  isGain: boolean
  hasTrades: boolean
  isToday: boolean
  /** For whoever cannot see the colour. */
  says: string
}

/** The colour of a result, mixed into the surface so that text stays readable on it. */
export function heatColour(heat: number, isGain: boolean): string {
  return `color-mix(in srgb, var(${isGain ? '--profit' : '--loss'}) ${heat}%, var(--surface))`
}

interface CellProps {
  cell: HeatDay | null
  children?: ReactNode
  onChoose?: ((day: string) => void) | undefined
  className?: string
}

/** One day; a day without trades is no button. */
export function HeatCell({ cell, children, onChoose, className }: CellProps) {
  if (!cell) return <span className={cx('bg-canvas/40', className)} />
  const look = cx('block min-w-0 text-left', cell.isToday && 'ring-1 ring-accent ring-inset', className)
  if (!cell.hasTrades || !onChoose) {
    return (
      <span className={look} title={cell.says}>
        {children}
      </span>
    )
  }
  return (
    <button
      type="button"
      aria-label={cell.says}
      title={cell.says}
      onClick={() => onChoose(cell.day)}
      style={{ backgroundColor: heatColour(cell.heat, cell.isGain) }}
      className={cx(
        look,
        'outline-offset-[-2px] transition-[filter] hover:brightness-125 in-data-[theme=light]:hover:brightness-95',
      )}
    >
      {children}
    </button>
  )
}
