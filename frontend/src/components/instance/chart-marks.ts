import type { Position, Trade } from '@/api/records'
import { signedMoney } from '@/format/money'
import { lots } from '@/format/volume'
import type { PriceLevel, TradeMark } from '@/ui/candle-chart'

const BAR_S = 60

/** A trade's entry, and its exit when it has one. Marks before the first bar would crowd at the edge. */
export function marksOf(trades: readonly Trade[], firstBar: number): TradeMark[] {
  return trades.flatMap(trade => [...entryOf(trade), ...exitOf(trade)]).filter(mark => mark.time >= firstBar)
}

function entryOf(trade: Trade): TradeMark[] {
  if (trade.enteredAt === null) return []
  return [{ time: barOf(trade.enteredAt), kind: trade.side, text: lots(trade.volume) }]
}

function exitOf(trade: Trade): TradeMark[] {
  if (trade.exitedAt === null || trade.state === 'open') return []
  const kind = trade.netProfit >= 0 ? 'gain' : 'loss'
  return [{ time: barOf(trade.exitedAt), kind, text: signedMoney(trade.netProfit, trade.currency) }]
}

/** The lines of what is open: entry, stop-loss, target. */
export function levelsOf(positions: readonly Position[]): PriceLevel[] {
  return positions.flatMap(row => {
    const levels: PriceLevel[] = [
      { price: row.openPrice, kind: 'entry', text: `${row.side} ${lots(row.volume)}` },
    ]
    if (row.stopLoss !== null) levels.push({ price: row.stopLoss, kind: 'stop', text: 'SL' })
    if (row.takeProfit !== null) levels.push({ price: row.takeProfit, kind: 'target', text: 'TP' })
    return levels
  })
}

function barOf(at: string): number {
  return Math.floor(Date.parse(at) / 1000 / BAR_S) * BAR_S
}
