import type { AccountLimit } from '@/api/limits'
import { LIMITS, STAGES, type Stage, stageOf } from '@/components/limits/gauges'
import { money } from '@/format/money'
import { percent } from '@/format/percent'
import { cx } from '@/ui/cx'

const LOOKS: Record<Stage, readonly [stroke: string, text: string]> = {
  calm: ['stroke-profit', 'text-ink'],
  watch: ['stroke-accent', 'text-accent'],
  near: ['stroke-warn', 'text-warn'],
  last: ['stroke-loss', 'text-loss'],
  broken: ['stroke-loss', 'text-loss'],
}
const R = 50
const LENGTH = Math.PI * R
const ARC = `M10,60 A${R},${R} 0 0 1 110,60`

/** How much of a limit is used, as a half circle with the stages that people are warned at. */
export function Gauge({ limit, currency }: { limit: AccountLimit; currency: string }) {
  const [stroke, text] = LOOKS[stageOf(limit.percent)]
  const share = Math.min(1, limit.percent / 100)
  const words = `${percent(limit.percent / 100, 0)} used, ${money(Math.max(0, limit.left), currency)} left`
  return (
    // biome-ignore lint/a11y/useSemanticElements: browsers draw their own colours into a meter element
    <div
      role="meter"
      aria-label={LIMITS[limit.kind]}
      aria-valuenow={Math.round(limit.percent)}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuetext={words}
      className="relative mx-auto w-full max-w-44"
    >
      <svg aria-hidden viewBox="0 0 120 66" className="w-full">
        <path d={ARC} fill="none" className="stroke-line-strong" strokeWidth="9" strokeLinecap="round" />
        {share > 0 && (
          <path
            d={ARC}
            fill="none"
            className={cx('transition-[stroke-dasharray] duration-300', stroke)}
            strokeWidth="9"
            strokeLinecap="round"
            strokeDasharray={`${share * LENGTH} ${LENGTH + 9}`}
          />
        )}
        {STAGES.map(stage => (
          <path key={stage} d={tick(stage)} className="stroke-surface" strokeWidth="1.5" />
        ))}
      </svg>
      <div className="absolute inset-x-0 bottom-0 text-center">
        <p className={cx('num font-semibold text-2xl leading-7', text)}>{percent(limit.percent / 100, 0)}</p>
        <p className="text-faint text-xs">used</p>
      </div>
    </div>
  )
}

/** A notch across the arc. */
function tick(stage: number): string {
  const angle = Math.PI * (1 - stage / 100)
  const at = (radius: number) => `${60 + radius * Math.cos(angle)},${60 - radius * Math.sin(angle)}`
  return `M${at(R - 5)} L${at(R + 5)}`
}
