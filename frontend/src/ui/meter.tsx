import { cx } from '@/ui/cx'

interface Props {
  label: string
  used: number
  limit: number
}

/** How much of an allowance is used; amber when the last place is taken. */
export function Meter({ label, used, limit }: Props) {
  const share = limit === 0 ? 1 : Math.min(1, used / limit)
  return (
    <div>
      <div className="flex justify-between text-xs">
        <span className="text-muted">{label}</span>
        <span className="num text-faint">
          {used} of {limit}
        </span>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: browsers draw their own colours into a meter element */}
      <div
        role="meter"
        aria-label={label}
        aria-valuenow={used}
        aria-valuemin={0}
        aria-valuemax={limit}
        className="mt-1.5 h-1 overflow-hidden rounded-full bg-line-strong"
      >
        <div
          className={cx('h-full rounded-full', share >= 1 ? 'bg-warn' : 'bg-accent')}
          style={{ width: `${share * 100}%` }}
        />
      </div>
    </div>
  )
}
