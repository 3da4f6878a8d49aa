import type { Position, SymbolSpec } from '@/api/records'
import type { Payload } from '@/api/terminal-records'
import { direction } from '@/format/money'
import { lots } from '@/format/volume'

export type Side = 'buy' | 'sell'

export interface OrderDraft {
  symbol: string
  side: Side
  volume: string
  stopLoss: string
  takeProfit: string
  comment: string
}

/** Lots of a broker that we know nothing of: MetaTrader's usual ones. */
const USUAL = { volumeMin: 0.01, volumeMax: 100, volumeStep: 0.01 }
export type Sizes = Pick<SymbolSpec, 'volumeMin' | 'volumeMax' | 'volumeStep'>

export const sizesOf = (spec: SymbolSpec | undefined): Sizes => spec ?? USUAL

/** A number as people write it, with a point or a comma; undefined for an empty field, NaN for no number. */
export function readNumber(text: string): number | undefined {
  const plain = text.trim().replace(',', '.')
  return plain === '' ? undefined : Number(plain)
}

/** Why a volume cannot be traded; true where it can, as forms want it. */
export function volumeFault(text: string, { volumeMin, volumeMax, volumeStep }: Sizes): string | true {
  const volume = readNumber(text)
  if (volume === undefined || !(volume >= volumeMin && volume <= volumeMax)) {
    return `Between ${lots(volumeMin)} and ${lots(volumeMax)} lots.`
  }
  return isMultiple(volume, volumeStep) || `In steps of ${lots(volumeStep)} lots.`
}

/** Why a price level cannot be; empty is none at all. */
export function levelFault(text: string): string | true {
  const level = readNumber(text)
  return level === undefined || level > 0 || 'A price above zero, or empty for none.'
}

/** Stop and target on the wrong sides of each other: the broker would refuse it as invalid stops. */
export function sidesFault(side: Side, stopLoss: string, takeProfit: string): string | true {
  const [stop, target] = [readNumber(stopLoss), readNumber(takeProfit)]
  if (stop === undefined || target === undefined) return true
  const isRight = side === 'buy' ? stop < target : stop > target
  return isRight || `For a ${side} the target stands ${side === 'buy' ? 'above' : 'below'} the stop.`
}

export function openPayload(draft: OrderDraft): Payload {
  const { symbol, side, volume, stopLoss, takeProfit, comment } = draft
  return {
    symbol: symbol.trim(),
    side,
    volume: readNumber(volume),
    ...given('stopLoss', readNumber(stopLoss)),
    ...given('takeProfit', readNumber(takeProfit)),
    ...(comment.trim() ? { comment: comment.trim() } : {}),
  }
}

/** What of a position's levels changes: one that stays as it is is not sent, null takes one away. */
export function modifyPayload(position: Position, stopLoss: string, takeProfit: string): Payload {
  const [stop, target] = [readNumber(stopLoss) ?? null, readNumber(takeProfit) ?? null]
  return {
    ticket: position.ticket,
    ...(stop === position.stopLoss ? {} : { stopLoss: stop }),
    ...(target === position.takeProfit ? {} : { takeProfit: target }),
  }
}

/** A whole close names no volume, so that what was closed in part meanwhile is closed all the same. */
export function closePayload(position: Position, volume: number): Payload {
  const isWhole = volume >= position.volume
  return { ticket: position.ticket, ...(isWhole ? {} : { volume }) }
}

/** The volume nearest to a share of a position that the broker can close, never less than its least. */
export function partVolume(total: number, share: number, { volumeMin, volumeStep }: Sizes): number {
  if (share >= 1) return total
  const steps = Math.round((total * share) / volumeStep)
  const volume = Number((steps * volumeStep).toFixed(8))
  return Math.min(total, Math.max(volumeMin, volume))
}

/** Whether a position can be closed in parts at all. */
export function canSplit(total: number, { volumeMin, volumeStep }: Sizes): boolean {
  return total >= volumeMin + volumeStep - 1e-9
}

/** What a level means in money, if it is reached: as much as the profit so far tells of a point. */
export function outcomeAt(position: Position, level: number): number | null {
  const moved = position.currentPrice - position.openPrice
  if (moved === 0 || direction(position.profit) === 'flat') return null
  return (position.profit / moved) * (level - position.openPrice)
}

const given = (name: string, value: number | undefined): Payload =>
  value === undefined ? {} : { [name]: value }

function isMultiple(value: number, step: number): boolean {
  const steps = value / step
  return Math.abs(steps - Math.round(steps)) < 1e-6
}
