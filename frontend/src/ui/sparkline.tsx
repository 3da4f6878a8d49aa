import { useId } from 'react'
import { cx } from '@/ui/cx'

interface Props {
  values: readonly number[]
  label: string
  className?: string
}

const WIDTH = 100
const HEIGHT = 32

/** A curve without axes, in the colour of where it ends against where it began. */
export function Sparkline({ values, label, className }: Props) {
  const id = useId()
  const first = values[0]
  const last = values.at(-1)
  if (first === undefined || last === undefined || values.length < 2) return null
  const path = pathOf(values)
  const colour = last >= first ? 'text-profit' : 'text-loss'
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      className={cx('overflow-visible', colour, className)}
    >
      <defs>
        <linearGradient id={id} x1="0" x2="0" y1="0" y2="1">
          <stop offset="0%" stopColor="currentColor" stopOpacity="0.22" />
          <stop offset="100%" stopColor="currentColor" stopOpacity="0" />
        </linearGradient>
      </defs>
      <path d={`${path} L${WIDTH},${HEIGHT} L0,${HEIGHT} Z`} fill={`url(#${id})`} />
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

function pathOf(values: readonly number[]): string {
  const low = Math.min(...values)
  const span = Math.max(...values) - low
  const point = (value: number, index: number) => {
    const x = (index / (values.length - 1)) * WIDTH
    const y = HEIGHT - 2 - (span === 0 ? 0.5 : (value - low) / span) * (HEIGHT - 4)
    return `${index === 0 ? 'M' : 'L'}${x.toFixed(2)},${y.toFixed(2)}`
  }
  return values.map(point).join(' ')
}
