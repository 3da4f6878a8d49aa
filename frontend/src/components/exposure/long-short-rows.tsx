import { cx } from '@/ui/cx'

export interface LongShortRow {
  key: string
  label: string
  note: string
  /** Both above zero. */
  long: number
  short: number
}

interface Props {
  label: string
  rows: readonly LongShortRow[]
  format: (value: number) => string
  onChoose: (key: string) => void
}

/** What was bought to the right, what was sold to the left, one line for each name. */
export function LongShortRows({ label, rows, format, onChoose }: Props) {
  const most = Math.max(...rows.flatMap(row => [row.long, row.short]), 1)
  return (
    <ul aria-label={label} className="-mx-2">
      {rows.map(row => (
        <li key={row.key}>
          <button
            type="button"
            title={`Show ${row.label} alone`}
            onClick={() => onChoose(row.key)}
            className="w-full rounded-lg px-2 py-2 text-left text-sm outline-offset-[-2px] hover:bg-hover"
          >
            <span className="flex flex-wrap items-baseline justify-between gap-x-4">
              <span className="truncate text-ink">{row.label}</span>
              <span className="num text-2xs text-faint">{row.note}</span>
            </span>
            <span className="mt-1 grid grid-cols-[4.5rem_1fr_1fr_4.5rem] items-center gap-2 sm:grid-cols-[6rem_1fr_1fr_6rem] text-xs">
              <span className="num text-right text-muted">{format(row.short)}</span>
              <Bar share={row.short / most} className="ml-auto bg-loss/75" />
              <Bar share={row.long / most} className="bg-profit/75" />
              <span className="num text-muted">{format(row.long)}</span>
            </span>
          </button>
        </li>
      ))}
    </ul>
  )
}

function Bar({ share, className }: { share: number; className: string }) {
  return (
    <span aria-hidden className="block h-3">
      <span
        className={cx('block h-full rounded-sm', className)}
        style={{ width: `${share > 0 ? Math.max(share * 100, 0.6) : 0}%` }}
      />
    </span>
  )
}
