import type { ReactNode } from 'react'
import { cx } from '@/ui/cx'

export interface BarRow {
  key: string
  label: string
  value: number
  /** The value in words, at the right. */
  text: ReactNode
  note: string
}

interface Props {
  label: string
  rows: readonly BarRow[]
  /** Colour by sign; otherwise every bar has the accent's colour. */
  isSigned: boolean
  onChoose?: ((key: string) => void) | undefined
}

/** One bar a line: for groups whose names are longer than a column is wide. */
export function BarRows({ label, rows, isSigned, onChoose }: Props) {
  const most = Math.max(...rows.map(row => row.value), 0)
  const least = Math.min(...rows.map(row => row.value), 0)
  const span = most - least || 1
  const zero = (-least / span) * 100
  return (
    <ul aria-label={label} className="-mx-2">
      {rows.map(row => (
        <li key={row.key}>
          <button
            type="button"
            disabled={!onChoose}
            onClick={() => onChoose?.(row.key)}
            className="grid w-full grid-cols-[minmax(5rem,9rem)_1fr_6.5rem] items-center gap-3 rounded-lg px-2 py-1 text-left text-sm outline-offset-[-2px] enabled:hover:bg-hover"
          >
            <span className="min-w-0">
              <span className="block truncate text-ink">{row.label}</span>
              <span className="num block text-2xs text-faint">{row.note}</span>
            </span>
            <span aria-hidden className="relative h-4">
              <span className="absolute inset-y-[-6px] w-px bg-line-strong" style={{ left: `${zero}%` }} />
              <span
                className={cx(
                  'absolute inset-y-0 rounded-sm',
                  !isSigned ? 'bg-accent/70' : row.value >= 0 ? 'bg-profit/75' : 'bg-loss/75',
                )}
                style={{
                  left: `${row.value >= 0 ? zero : zero - (-row.value / span) * 100}%`,
                  width: `${Math.max((Math.abs(row.value) / span) * 100, row.value === 0 ? 0 : 0.6)}%`,
                }}
              />
            </span>
            <span className="num text-right font-medium">{row.text}</span>
          </button>
        </li>
      ))}
    </ul>
  )
}
