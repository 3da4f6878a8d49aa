import { cx } from '@/ui/cx'

interface Props {
  /** How far it went against and for the trade, zero or more, and where it ended; one unit for all three. */
  against: number
  favour: number
  result: number
  label: string
  className?: string
}

/** The way of a trade between its worst and its best moment; the tick is where it was closed. */
export function Excursion({ against, favour, result, label, className }: Props) {
  const reach = Math.max(against, favour, Math.abs(result)) || 1
  const share = (value: number) => `${(value / reach) * 50}%`
  return (
    <span
      role="img"
      aria-label={label}
      title={label}
      className={cx('relative inline-block h-4 w-18 align-middle', className)}
    >
      <span className="absolute inset-x-0 top-[7px] h-0.5 rounded-full bg-line" />
      <span
        className="absolute top-[6px] right-1/2 h-1 rounded-l-full bg-loss/60"
        style={{ width: share(against) }}
      />
      <span
        className="absolute top-[6px] left-1/2 h-1 rounded-r-full bg-profit/60"
        style={{ width: share(favour) }}
      />
      <span className="absolute top-[3px] left-1/2 h-2.5 w-px bg-line-strong" />
      <span
        className={cx('absolute top-[2px] h-3 w-[3px] rounded-full', result < 0 ? 'bg-loss' : 'bg-profit')}
        style={{ left: `calc(${50 + (result / reach) * 50}% - 1.5px)` }}
      />
    </span>
  )
}
