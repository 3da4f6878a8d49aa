import { signedMoney } from '@/format/money'
import { dayName } from '@/format/time'
import { cx } from '@/ui/cx'
import { Tooltip } from '@/ui/tooltip'

export interface DayBar {
  day: string
  netProfit: number
  trades: number
}

interface Props {
  days: readonly DayBar[]
  currency: string
  chosen?: string | undefined
  onChoose?: ((day: string) => void) | undefined
  className?: string
}

/** One bar a day, above the line for a gain and below it for a loss. */
export function DayBars({ days, currency, chosen, onChoose, className }: Props) {
  const top = Math.max(0, ...days.map(day => day.netProfit))
  const bottom = Math.min(0, ...days.map(day => day.netProfit))
  const span = top - bottom || 1
  const zero = top === bottom ? 50 : (top / span) * 100
  return (
    <div className={cx('relative flex h-28 items-stretch', className)}>
      <div className="absolute inset-x-0 h-px bg-line-strong" style={{ top: `${zero}%` }} />
      {days.map(day => (
        <Tooltip key={day.day} text={<DayWords day={day} currency={currency} />}>
          <button
            type="button"
            aria-label={`${dayName(day.day)}: ${signedMoney(day.netProfit, currency)} in ${day.trades} trades`}
            aria-pressed={onChoose ? chosen === day.day : undefined}
            onClick={() => onChoose?.(day.day)}
            className={cx(
              'group relative min-w-0 flex-1 rounded-sm outline-offset-[-1px]',
              !onChoose && 'cursor-default!',
              chosen === day.day && 'bg-accent-soft',
            )}
          >
            <Bar share={Math.abs(day.netProfit) / span} zero={zero} isGain={day.netProfit >= 0} />
          </button>
        </Tooltip>
      ))}
    </div>
  )
}

function Bar({ share, zero, isGain }: { share: number; zero: number; isGain: boolean }) {
  const height = share === 0 ? 0 : Math.max(share * 100, 1.5)
  const place = isGain ? { bottom: `${100 - zero}%` } : { top: `${zero}%` }
  return (
    <span
      className={cx(
        'absolute inset-x-[14%] mx-auto max-w-7 opacity-85 transition-opacity group-hover:opacity-100',
        isGain ? 'rounded-t-[3px] bg-profit' : 'rounded-b-[3px] bg-loss',
      )}
      style={{ height: `${height}%`, ...place }}
    />
  )
}

function DayWords({ day, currency }: { day: DayBar; currency: string }) {
  return (
    <span className="num">
      <span className="block text-faint">{dayName(day.day)} (UTC)</span>
      <span className={cx('block font-semibold', day.netProfit >= 0 ? 'text-profit' : 'text-loss')}>
        {signedMoney(day.netProfit, currency)}
      </span>
      {day.trades === 1 ? '1 trade' : `${day.trades} trades`} closed
    </span>
  )
}
