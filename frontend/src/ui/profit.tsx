import { type Direction, direction, signedMoney } from '@/format/money'
import { cx } from '@/ui/cx'

const COLOURS: Record<Direction, string> = { up: 'text-profit', down: 'text-loss', flat: 'text-muted' }
const ARROWS: Record<Direction, string> = { up: '▲', down: '▼', flat: '' }

interface Props {
  value: number | null | undefined
  currency: string
  /** An arrow besides the sign: for the one number that the eye should find. */
  hasArrow?: boolean
  className?: string
}

/** A gain or loss: sign, arrow and colour say the same, so that none of them is needed alone. */
export function Profit({ value, currency, hasArrow = false, className }: Props) {
  const way = value === null || value === undefined ? 'flat' : direction(value)
  return (
    <span className={cx('num whitespace-nowrap', COLOURS[way], className)}>
      {hasArrow && ARROWS[way] && (
        <span aria-hidden className="mr-1 text-[0.7em]">
          {ARROWS[way]}
        </span>
      )}
      {signedMoney(value, currency)}
    </span>
  )
}
