import { useId } from 'react'
import type { CardPoint } from '@/api/model-card'
import { percent } from '@/format/percent'
import { count } from '@/format/volume'

const WIDTH = 360
const HEIGHT = 300
const LEFT = 46
const BOTTOM = 40
const TOP = 10
const RIGHT = 12

/** What the model said against what came: on the line it is as right as it says. */
export function CalibrationPlot({ points }: { points: readonly CardPoint[] }) {
  const id = useId()
  const [low, high] = boundsOf(points)
  const x = (value: number) => LEFT + ((value - low) / (high - low)) * (WIDTH - LEFT - RIGHT)
  const y = (value: number) => HEIGHT - BOTTOM - ((value - low) / (high - low)) * (HEIGHT - BOTTOM - TOP)
  const most = Math.max(...points.map(point => point.count), 1)
  return (
    <svg
      role="img"
      aria-labelledby={id}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      className="num h-auto w-full max-w-md text-[10px]"
    >
      <title id={id}>
        {`Calibration: ${points
          .map(({ predicted, observed }) => `said ${percent(predicted, 0)}, came ${percent(observed, 0)}`)
          .join('; ')}`}
      </title>
      {ticksOf(low, high).map(value => (
        <g key={value}>
          <line x1={LEFT} x2={WIDTH - RIGHT} y1={y(value)} y2={y(value)} className="stroke-line" />
          <text x={LEFT - 6} y={y(value) + 3} textAnchor="end" className="fill-faint">
            {percent(value, 0)}
          </text>
          <text x={x(value)} y={HEIGHT - BOTTOM + 14} textAnchor="middle" className="fill-faint">
            {percent(value, 0)}
          </text>
        </g>
      ))}
      <line
        x1={x(low)}
        y1={y(low)}
        x2={x(high)}
        y2={y(high)}
        className="stroke-line-strong"
        strokeDasharray="4 4"
      />
      {points.map(point => (
        <g key={point.predicted}>
          <line
            x1={x(point.predicted)}
            x2={x(point.predicted)}
            y1={y(Math.max(point.low, low))}
            y2={y(Math.min(point.high, high))}
            className="stroke-accent"
            strokeWidth={1.5}
            opacity={0.5}
          />
          <circle
            cx={x(point.predicted)}
            cy={y(clamped(point.observed, low, high))}
            r={2.5 + 3.5 * Math.sqrt(point.count / most)}
            className="fill-accent"
          >
            <title>
              {`Said ${percent(point.predicted)}, rose ${percent(point.observed)} of ${count(point.count)}`}
            </title>
          </circle>
        </g>
      ))}
      <text x={(WIDTH + LEFT) / 2} y={HEIGHT - 6} textAnchor="middle" className="fill-muted">
        what it said
      </text>
      <text
        transform={`translate(10 ${(HEIGHT - BOTTOM) / 2}) rotate(-90)`}
        textAnchor="middle"
        className="fill-muted"
      >
        how often the price rose
      </text>
    </svg>
  )
}

const clamped = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value))

/** As near to the points as tenths go, a half always within. */
export function boundsOf(points: readonly CardPoint[]): [number, number] {
  const all = points.flatMap(point => [point.predicted, point.observed])
  const low = Math.floor((Math.min(0.45, ...all) - 0.01) * 20) / 20
  const high = Math.ceil((Math.max(0.55, ...all) + 0.01) * 20) / 20
  return [Math.max(0, low), Math.min(1, high)]
}

function ticksOf(low: number, high: number): number[] {
  const step = high - low > 0.5 ? 0.2 : high - low > 0.25 ? 0.1 : 0.05
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step)
}
