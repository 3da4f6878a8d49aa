import { percent } from '@/format/percent'
import { cx } from '@/ui/cx'

interface Props {
  label: string
  /** 0 to 1. */
  share: number | null
  text?: string
}

/** A share with its bar: amber where it gets tight. */
export function ShareBar({ label, share, text }: Props) {
  if (share === null) return <span className="text-faint">—</span>
  const shown = Math.min(1, Math.max(0, share))
  return (
    <span className="inline-flex items-center gap-2 align-middle" title={`${label}: ${percent(share, 0)}`}>
      <span aria-hidden className="h-1 w-10 overflow-hidden rounded-full bg-line-strong">
        <span
          className={cx('block h-full rounded-full', shown > 0.85 ? 'bg-warn' : 'bg-accent')}
          style={{ width: `${shown * 100}%` }}
        />
      </span>
      <span className="num min-w-10 text-right">{text ?? percent(share, 0)}</span>
    </span>
  )
}
