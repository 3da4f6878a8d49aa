import { useId } from 'react'
import { cx } from '@/ui/cx'

export interface ScatterDot {
  key: string
  x: number
  y: number
  isGain: boolean
  says: string
}

interface Props {
  label: string
  dots: readonly ScatterDot[]
  xLabel: string
  yLabel: string
  format: (value: number) => string
  className?: string
  onChoose?: (key: string) => void
}

const WIDTH = 520
const HEIGHT = 240
const LEFT = 54
const RIGHT = 20
const BOTTOM = 34
const LINES = 4

/** Two figures of each trade against one another, zero at the corner of both. */
export function Scatter({ label, dots, xLabel, yLabel, format, className, onChoose }: Props) {
  const id = useId()
  const x = axisOf(dots.map(dot => dot.x))
  const y = axisOf(dots.map(dot => dot.y))
  const placeX = (value: number) => LEFT + (value / x.end) * (WIDTH - LEFT - RIGHT)
  const placeY = (value: number) => HEIGHT - BOTTOM - (value / y.end) * (HEIGHT - BOTTOM - 10)
  return (
    <svg
      role="img"
      aria-labelledby={id}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      className={cx('num h-auto w-full text-[10px]', className)}
    >
      <title id={id}>{label}</title>
      {x.ticks.map(value => (
        <text
          key={`x${value}`}
          x={placeX(value)}
          y={HEIGHT - BOTTOM + 14}
          textAnchor="middle"
          className="fill-faint"
        >
          {format(value)}
        </text>
      ))}
      {y.ticks.map(value => (
        <g key={`y${value}`}>
          <line x1={LEFT} x2={WIDTH - RIGHT} y1={placeY(value)} y2={placeY(value)} className="stroke-line" />
          <text x={LEFT - 6} y={placeY(value) + 3} textAnchor="end" className="fill-faint">
            {format(value)}
          </text>
        </g>
      ))}
      <text x={(WIDTH + LEFT) / 2} y={HEIGHT - 4} textAnchor="middle" className="fill-muted">
        {xLabel}
      </text>
      <text
        transform={`translate(9 ${(HEIGHT - BOTTOM) / 2}) rotate(-90)`}
        textAnchor="middle"
        className="fill-muted"
      >
        {yLabel}
      </text>
      {dots.map(dot => (
        // biome-ignore lint/a11y/noStaticElementInteractions: the same trades are links in the list
        <circle
          key={dot.key}
          cx={placeX(dot.x)}
          cy={placeY(dot.y)}
          r={3}
          onClick={() => onChoose?.(dot.key)}
          className={cx(
            'opacity-60 hover:opacity-100',
            onChoose && 'cursor-pointer',
            dot.isGain ? 'fill-profit' : 'fill-loss',
          )}
        >
          <title>{dot.says}</title>
        </circle>
      ))}
    </svg>
  )
}

function axisOf(values: readonly number[]): { end: number; ticks: number[] } {
  const most = Math.max(...values, 0) || 1
  const rough = most / LINES
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 2.5, 5, 10].find(factor => factor * power >= rough) ?? 10) * power
  const count = Math.ceil(most / step)
  return { end: count * step, ticks: Array.from({ length: count + 1 }, (_, index) => index * step) }
}
