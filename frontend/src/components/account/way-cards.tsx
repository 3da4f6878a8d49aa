import { FlaskConical, KeyRound, type LucideIcon, MonitorDot } from 'lucide-react'
import { RadioGroup } from 'radix-ui'
import { cx } from '@/ui/cx'

/** The ways to an account: a new paper one, a paper one that exists, an own MetaTrader terminal. */
export type Way = 'open' | 'connect' | 'own'

const WAYS: readonly { way: Way; icon: LucideIcon; title: string; says: string }[] = [
  { way: 'open', icon: FlaskConical, title: 'New paper account', says: 'Play money, real prices.' },
  { way: 'own', icon: MonitorDot, title: 'My own MetaTrader', says: 'MT5 or MT4, any broker.' },
  { way: 'connect', icon: KeyRound, title: 'Existing paper account', says: 'By login and password.' },
]

export const isWay = (text: string | null): text is Way => WAYS.some(item => item.way === text)

interface Props {
  way: Way
  onWay: (way: Way) => void
  isPaperOnly: boolean
}

export function WayCards({ way, onWay, isPaperOnly }: Props) {
  const ways = isPaperOnly ? WAYS.filter(item => item.way !== 'own') : WAYS
  return (
    <RadioGroup.Root
      aria-label="What kind of account"
      value={way}
      onValueChange={next => onWay(next as Way)}
      className={cx('grid gap-2', isPaperOnly ? 'sm:grid-cols-2' : 'sm:grid-cols-3')}
    >
      {ways.map(({ way: value, icon: Icon, title, says }) => (
        <RadioGroup.Item
          key={value}
          value={value}
          className={cx(
            'flex items-center gap-3 rounded-xl border border-line-strong bg-canvas p-3 text-left transition-colors hover:bg-hover sm:flex-col sm:items-start sm:gap-2',
            'data-[state=checked]:border-accent data-[state=checked]:bg-accent-soft',
          )}
        >
          <Icon aria-hidden className={cx('size-4 shrink-0 text-faint', way === value && 'text-accent')} />
          <span>
            <span className="block font-medium text-ink text-sm">{title}</span>
            <span className="block text-muted text-xs">{says}</span>
          </span>
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  )
}
