import { cx } from '@/ui/cx'

interface Props {
  label: string
  /** What is so, and the limit, in one unit. */
  value: number | null
  limit: number
  format: (value: number) => string
}

/** How far a figure is from its limit: amber from three quarters on, red beyond it. */
export function LimitGauge({ label, value, limit, format }: Props) {
  const share = value === null ? 0 : limit === 0 ? (value > 0 ? 1.01 : 0) : value / limit
  const colour = share > 1 ? 'bg-loss' : share >= 0.75 ? 'bg-warn' : 'bg-accent'
  return (
    <div className="min-w-0">
      <div className="flex justify-between gap-2 text-xs">
        <span className="text-muted">{label}</span>
        <span className="num whitespace-nowrap text-faint">
          <span className={cx(share > 1 ? 'text-loss' : 'text-ink')}>
            {value === null ? '—' : format(value)}
          </span>{' '}
          of {format(limit)}
        </span>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: browsers draw their own colours into a meter element */}
      <div
        role="meter"
        aria-label={label}
        aria-valuenow={value ?? 0}
        aria-valuemin={0}
        aria-valuemax={limit}
        className="mt-1.5 h-1 overflow-hidden rounded-full bg-line-strong"
      >
        <div
          className={cx('h-full rounded-full', colour)}
          style={{ width: `${Math.min(1, share) * 100}%` }}
        />
      </div>
    </div>
  )
}
