import type { AccountLimit } from '@/api/limits'
import type { EquityPoint } from '@/api/records'
import { LIMITS } from '@/components/limits/gauges'
import { money } from '@/format/money'

interface Props {
  points: readonly EquityPoint[]
  limits: readonly AccountLimit[]
  /** Epoch milliseconds: the day's ends. */
  from: number
  to: number
  currency: string
}

const WIDTH = 320
const HEIGHT = 110
const EDGE = 6
const LINE = { fill: 'none', strokeWidth: 1.75, vectorEffect: 'non-scaling-stroke' } as const

/** The day's equity over the lines at which limits break. */
export function DayPlot({ points, limits, from, to, currency }: Props) {
  const values = [...points.map(point => point.equity), ...limits.map(limit => limit.floor)]
  const low = Math.min(...values)
  const span = Math.max(...values) - low || 1
  const y = (value: number) => EDGE + (1 - (value - low) / span) * (HEIGHT - 2 * EDGE)
  const x = (at: string) => ((Date.parse(at) - from) / (to - from)) * WIDTH
  const curve = points.map((point, index) => `${index ? 'L' : 'M'}${x(point.at)},${y(point.equity)}`).join('')
  return (
    <figure>
      <svg
        role="img"
        aria-label="Equity of the day, and where limits break"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="h-28 w-full rounded-lg bg-canvas"
      >
        {limits.map(limit => (
          <path
            key={limit.kind}
            d={`M0,${y(limit.floor)}H${WIDTH}`}
            className={limit.kind === 'daily_loss' ? 'stroke-warn' : 'stroke-loss'}
            strokeDasharray={limit.kind === 'daily_loss' ? '5 3' : undefined}
            {...LINE}
          />
        ))}
        <path d={curve} className="stroke-accent" {...LINE} />
      </svg>
      <figcaption className="mt-1.5 flex flex-wrap gap-x-3 text-faint text-xs">
        {limits.map(limit => (
          <span key={limit.kind} className="num inline-flex items-center gap-1.5">
            <span
              aria-hidden
              className={`h-0.5 w-3 rounded-full ${limit.kind === 'daily_loss' ? 'bg-warn' : 'bg-loss'}`}
            />
            {LIMITS[limit.kind]} {money(limit.floor, currency)}
          </span>
        ))}
      </figcaption>
    </figure>
  )
}
