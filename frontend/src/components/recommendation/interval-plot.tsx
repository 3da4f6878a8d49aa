import type { RecommendationEvidence } from '@/api/recommendations'
import { intervalWords, perTrade } from '@/components/recommendation/words'
import { cx } from '@/ui/cx'

const WIDTH = 240
const HEIGHT = 34
const LINE = 13

/** What a trade made, with its interval, against zero: an interval that holds zero may be nothing. */
export function IntervalPlot({ evidence, reach }: { evidence: RecommendationEvidence; reach: number }) {
  const { low, high, netPerTrade: middle } = evidence
  if (low === null || high === null || middle === null)
    return <p className="text-faint text-xs">Too few trades for an interval.</p>
  const at = (value: number) => WIDTH / 2 + (value / reach) * (WIDTH / 2 - 6)
  const tone = low > 0 ? 'text-profit' : high < 0 ? 'text-loss' : 'text-warn'
  return (
    <svg
      role="img"
      aria-label={`${perTrade(middle)} a trade, ${intervalWords(evidence)}`}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      className={cx('h-auto w-full max-w-sm', tone)}
    >
      <line x1="0" x2={WIDTH} y1={LINE} y2={LINE} className="stroke-line" strokeWidth="1" />
      <line
        x1={WIDTH / 2}
        x2={WIDTH / 2}
        y1="2"
        y2={LINE + 9}
        className="stroke-line-strong"
        strokeWidth="1"
      />
      <line
        x1={at(low)}
        x2={at(high)}
        y1={LINE}
        y2={LINE}
        stroke="currentColor"
        strokeWidth="3"
        strokeLinecap="round"
      />
      <circle cx={at(middle)} cy={LINE} r="4.5" fill="currentColor" />
      <text x={WIDTH / 2} y={HEIGHT - 2} textAnchor="middle" className="fill-faint text-[9px]">
        0
      </text>
      <text x="0" y={HEIGHT - 2} className="fill-faint text-[9px]">
        −{reach.toFixed(0)}
      </text>
      <text x={WIDTH} y={HEIGHT - 2} textAnchor="end" className="fill-faint text-[9px]">
        {reach.toFixed(0)} USD
      </text>
    </svg>
  )
}

/** How far the plots' axis goes, the same for all that stand together. */
export function reachOf(all: readonly RecommendationEvidence[]): number {
  const ends = all.flatMap(one => [one.low, one.high]).filter(value => value !== null)
  return Math.max(1, Math.ceil(Math.max(0, ...ends.map(Math.abs)) * 1.1))
}
