import { cx } from '@/ui/cx'

interface Props {
  /** Epoch milliseconds, rising, and what was left: 1 is all of it. */
  points: readonly { at: number; left: number }[]
  /** How much time the whole width is; the newest point stands at the right. */
  periodMs: number
  label: string
  className?: string
}

const WIDTH = 100
const HEIGHT = 40
/** What is overspent by more is drawn at the bottom: else it would press all the rest to a line at the top. */
const LOWEST = -1

/** What was left of a budget, from all of it at the top to nothing at the line, and below where it is overspent. */
export function BudgetCurve({ points, periodMs, label, className }: Props) {
  const last = points.at(-1)
  const first = points[0]
  if (first === undefined || last === undefined) return null
  const lowest = Math.max(LOWEST, Math.min(0, ...points.map(point => point.left)))
  const y = (left: number) => 1 + ((1 - Math.max(lowest, left)) / (1 - lowest)) * (HEIGHT - 2)
  const x = (at: number) => WIDTH - ((last.at - at) / periodMs) * WIDTH
  const path = points
    .map((point, index) => `${index === 0 ? 'M' : 'L'}${x(point.at).toFixed(2)},${y(point.left).toFixed(2)}`)
    .join(' ')
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      className={cx('overflow-visible', last.left > 0 ? 'text-accent' : 'text-loss', className)}
    >
      <path
        d={`${path} L${WIDTH},${y(0)} L${x(first.at).toFixed(2)},${y(0)} Z`}
        fill="currentColor"
        opacity="0.14"
      />
      <line
        x1="0"
        x2={WIDTH}
        y1={y(0)}
        y2={y(0)}
        className="text-line-strong"
        stroke="currentColor"
        vectorEffect="non-scaling-stroke"
      />
      <path
        d={path}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  )
}
