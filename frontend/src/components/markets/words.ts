import { ArrowDownRight, ArrowUpRight, type LucideIcon, Moon, MoveHorizontal, Tornado } from 'lucide-react'
import type { MarketCell, RegimeName, Timeframe } from '@/api/markets'

export const TIMEFRAMES: readonly Timeframe[] = ['M15', 'H1', 'H4', 'D1']

export const readTimeframe = (text: string | null): Timeframe => TIMEFRAMES.find(one => one === text) ?? 'H1'

interface Look {
  label: string
  icon: LucideIcon
  /** A variable of the theme. */
  colour: string
  says: string
}

export const REGIMES: Record<RegimeName, Look> = {
  calm: { label: 'Calm', icon: Moon, colour: '--series-6', says: 'Moves less than usual.' },
  ranging: {
    label: 'Ranging',
    icon: MoveHorizontal,
    colour: '--muted',
    says: 'Moves as usual, to and fro.',
  },
  'trending up': {
    label: 'Trending up',
    icon: ArrowUpRight,
    colour: '--profit',
    says: 'Much of the way goes up.',
  },
  'trending down': {
    label: 'Trending down',
    icon: ArrowDownRight,
    colour: '--loss',
    says: 'Much of the way goes down.',
  },
  turbulent: { label: 'Turbulent', icon: Tornado, colour: '--warn', says: 'Moves half as much again.' },
}

/** `how much` percent of a colour of the theme, over the card. */
export const tint = (colour: string, howMuch: number): string =>
  `color-mix(in srgb, var(${colour}) ${Math.round(howMuch)}%, var(--surface))`

const STRONG_ADX = 50
const MOST_TINT = 62

/** Strength: the direction's colour, as full as the ADX is high. */
export function strengthTint({ trend }: MarketCell): string {
  if (!trend) return 'transparent'
  const colour = trend.efficiency >= 0 ? '--profit' : '--loss'
  return tint(colour, (Math.min(trend.adx, STRONG_ADX) / STRONG_ADX) * MOST_TINT)
}

/** Volatility: fuller the higher it stands among the last thousand bars. */
export const volatilityTint = ({ volatility }: MarketCell): string =>
  volatility ? tint('--warn', volatility.percentile * MOST_TINT) : 'transparent'

export const regimeTint = ({ regime }: MarketCell): string =>
  regime ? tint(REGIMES[regime.name].colour, regime.probability * 36) : 'transparent'

/** A correlation's colour: together in the accent's, against each other in the warning's. */
export const correlationTint = (value: number): string =>
  tint(value >= 0 ? '--accent' : '--warn', Math.abs(value) * MOST_TINT)

/** `62nd` */
export function ordinal(value: number): string {
  const whole = Math.round(value)
  const tens = whole % 100
  if (tens > 10 && tens < 14) return `${whole}th`
  return `${whole}${['th', 'st', 'nd', 'rd'][whole % 10] ?? 'th'}`
}

const PERSISTENCE = {
  persistent: 'goes on',
  reverting: 'turns back',
  nothing: 'chance',
} as const

/** Its interval of 95 %, and what that says. */
export function persistenceWords({ trend }: MarketCell): string {
  const found = trend?.persistence
  if (!found) return 'too few bars'
  return `${found.low.toFixed(2)} to ${found.high.toFixed(2)}: ${PERSISTENCE[found.says]}`
}

export const efficiencyWords = (value: number): string =>
  `${Math.abs(value * 100).toFixed(0)} % ${value >= 0 ? 'up' : 'down'}`
