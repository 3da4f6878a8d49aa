import { multiple } from '@/format/multiple'
import { cx } from '@/ui/cx'

/** A result in R, signed and coloured as money is. */
export function Multiple({ value, className }: { value: number | null; className?: string }) {
  const isFlat = value === null || Math.abs(value) < 0.005
  return (
    <span
      className={cx(
        'num whitespace-nowrap',
        isFlat ? 'text-faint' : value > 0 ? 'text-profit' : 'text-loss',
        className,
      )}
    >
      {multiple(value)}
    </span>
  )
}
