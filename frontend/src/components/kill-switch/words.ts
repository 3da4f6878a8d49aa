import type { AccountAtStake, KillSwitch, SymbolAtStake } from '@/api/kill-switch'
import { duration } from '@/format/age'
import type { Tone } from '@/ui/badge'

export const TERMINALS: Record<AccountAtStake['terminal'], { label: string; tone: Tone }> = {
  online: { label: 'Online', tone: 'profit' },
  away: { label: 'Not heard', tone: 'warn' },
  none: { label: 'No terminal', tone: 'loss' },
}

/** How many positions of an account the switch would close. */
export const inScope = (row: AccountAtStake, closesForeign: boolean): number =>
  row.own + (closesForeign ? row.foreign : 0)

/** Exposure by symbol, own and foreign lots added where both are closed. */
export function bySymbol(rows: readonly SymbolAtStake[], closesForeign: boolean): SymbolAtStake[] {
  const sums = new Map<string, SymbolAtStake>()
  for (const row of rows) {
    if (!row.isOwn && !closesForeign) continue
    const sum = sums.get(row.symbol)
    sums.set(
      row.symbol,
      sum
        ? {
            ...sum,
            buyLots: sum.buyLots + row.buyLots,
            sellLots: sum.sellLots + row.sellLots,
            positions: sum.positions + row.positions,
          }
        : { ...row },
    )
  }
  return [...sums.values()]
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? `1 ${one}` : `${count} ${many}`
}

/** Where a use stands, in one short line and its tone. */
export function progressOf(row: Pick<KillSwitch, 'flatAt' | 'secondsToFlat' | 'isWatched' | 'left'>): {
  text: string
  tone: Tone
} {
  if (row.flatAt) {
    const took = row.secondsToFlat ?? 0
    return { text: took > 0 ? `Flat after ${duration(took)}` : 'Nothing was open', tone: 'profit' }
  }
  if (!row.isWatched) return { text: `Not flat: ${counted(row.left, 'position')} open`, tone: 'loss' }
  if (row.left === 0) return { text: 'Waiting for proof that nothing is open', tone: 'warn' }
  return { text: `Closing: ${counted(row.left, 'position')} left`, tone: 'warn' }
}
