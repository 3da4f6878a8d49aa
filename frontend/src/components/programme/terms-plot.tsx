import type { Phase } from '@/api/programmes'
import { EXAMPLE, type Floors, firstBreak, floorsOf } from '@/components/programme/example'

const WIDTH = 320
const HEIGHT = 120
const EDGE = 6
const DAYS = 5

/** What a phase's limits mean: an example's equity over five days, and the lines at which it breaks them. */
export function TermsPlot({ phase }: { phase: Phase }) {
  const floors = floorsOf(phase, EXAMPLE)
  const broken = firstBreak(EXAMPLE, floors)
  const levels = floors.flatMap(one => [one.daily, one.total]).filter(one => one !== null)
  const y = scale([...EXAMPLE.map(one => one.equity), ...levels])
  const fate = broken
    ? `the ${broken.kind} limit breaks on day ${(EXAMPLE[broken.at]?.day ?? 0) + 1}`
    : 'every limit holds'
  return (
    <figure className="min-w-0">
      <svg
        role="img"
        aria-label={`An example of five days: ${fate}`}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="h-32 w-full rounded-lg bg-canvas"
      >
        {Array.from({ length: DAYS - 1 }, (_, day) => {
          const x = ((day + 1) / DAYS) * WIDTH
          return <path key={x} d={`M${x},0V${HEIGHT}`} className="stroke-line" {...HAIR} />
        })}
        <path d={`M0,${y(0)}H${WIDTH}`} className="stroke-line-strong" strokeDasharray="2 3" {...HAIR} />
        <path d={steps(floors, 'total', y)} className="stroke-loss" {...LINE} />
        <path d={steps(floors, 'daily', y)} className="stroke-warn" strokeDasharray="5 3" {...LINE} />
        <path d={curve(y)} className="stroke-accent" {...LINE} />
        {broken && (
          <path
            d={`M${xOf(broken.at)},${y(EXAMPLE[broken.at]?.equity ?? 0)}h0.01`}
            className="stroke-loss"
            strokeWidth={9}
            strokeLinecap="round"
            vectorEffect="non-scaling-stroke"
          />
        )}
      </svg>
      <figcaption className="mt-1.5 flex flex-wrap gap-x-3 gap-y-0.5 text-faint text-xs">
        <Key className="bg-accent">an example’s equity</Key>
        {phase.dailyLossPercent ? <Key className="bg-warn">daily limit</Key> : null}
        {phase.totalLossPercent ? <Key className="bg-loss">total limit</Key> : null}
        <span className="w-full">Here {fate}.</span>
      </figcaption>
    </figure>
  )
}

const HAIR = { fill: 'none', strokeWidth: 1, vectorEffect: 'non-scaling-stroke' } as const
const LINE = { fill: 'none', strokeWidth: 1.75, vectorEffect: 'non-scaling-stroke' } as const

function Key({ className, children }: { className: string; children: string }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <span aria-hidden className={`h-0.5 w-3 rounded-full ${className}`} />
      {children}
    </span>
  )
}

const xOf = (at: number): number => (at / (EXAMPLE.length - 1)) * WIDTH

function scale(values: readonly number[]): (value: number) => number {
  const low = Math.min(...values)
  const span = Math.max(...values) - low
  return value => EDGE + (1 - (value - low) / span) * (HEIGHT - 2 * EDGE)
}

const curve = (y: (value: number) => number): string =>
  EXAMPLE.map((one, at) => `${at ? 'L' : 'M'}${xOf(at)},${y(one.equity)}`).join('')

/** A floor jumps where a day begins and climbs where a peak does. */
function steps(floors: readonly Floors[], kind: keyof Floors, y: (value: number) => number): string {
  return floors
    .map((floor, at) => {
      const value = floor[kind]
      if (value === null) return ''
      return at === 0 ? `M0,${y(value)}` : `H${xOf(at)}V${y(value)}`
    })
    .join('')
}
