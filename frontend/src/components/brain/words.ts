import { Archive, CircleDashed, Crown, Minus, Swords, TrendingDown, TrendingUp } from 'lucide-react'
import type { BrainModel, ModelState, Signal } from '@/api/models'
import type { Look } from '@/components/states'

export const MODEL_STATES: Record<ModelState, Look> = {
  draft: { label: 'Draft', tone: 'neutral', icon: CircleDashed, says: 'Kept, and asked nothing.' },
  challenger: {
    label: 'Challenger',
    tone: 'accent',
    icon: Swords,
    says: 'It is asked beside the champion, kept and scored, and handed out to nobody.',
  },
  champion: { label: 'Champion', tone: 'profit', icon: Crown, says: 'Its signals are handed out.' },
  retired: { label: 'Retired', tone: 'neutral', icon: Archive, says: 'It is asked nothing any more.' },
}

export const SIGNAL_SIDES: Record<Signal['side'], Look> = {
  buy: { label: 'Buy', tone: 'neutral', icon: TrendingUp, says: 'The price is likely to rise.' },
  sell: { label: 'Sell', tone: 'neutral', icon: TrendingDown, says: 'The price is likely to fall.' },
  none: { label: 'None', tone: 'neutral', icon: Minus, says: 'The model is not sure enough of either.' },
}

export const OUTCOMES = {
  hit: 'Right',
  miss: 'Wrong',
  waiting: 'Waiting',
  unknown: 'Unknown',
} as const
export type OutcomeName = keyof typeof OUTCOMES

/** How sure the model was of its side; of none the larger of both. */
export const confidenceOf = ({ side, probability: up }: Pick<Signal, 'side' | 'probability'>): number =>
  side === 'buy' ? up : side === 'sell' ? 1 - up : Math.max(up, 1 - up)

/** Basis points with their sign. */
export function bps(value: number | null | undefined, digits = 1): string {
  if (value === null || value === undefined) return '—'
  const text = value.toFixed(digits).replace('-', '−')
  return `${value > 0 ? '+' : ''}${text} bp`
}

export const wherever = ({ symbols, timeframe }: Pick<BrainModel, 'symbols' | 'timeframe'>): string =>
  `${symbols.join(', ')} · ${timeframe}`

/** A card's day: the server's clock, without a zone. */
export const cardDay = (at: string): string => at.slice(0, 10)
