import type { TradeDetail } from '@/api/journal-records'
import { signedMoney } from '@/format/money'
import { lots } from '@/format/volume'
import type { Bar, PriceLevel, TradeMark, TradePath } from '@/ui/candle-chart'

/** One mark for each deal: partial entries and exits are seen where they happened. */
export function marksOfDeals(trade: TradeDetail, bars: readonly Bar[]): TradeMark[] {
  return trade.deals.map(deal => ({
    time: barAt(bars, deal.executedAt),
    kind: deal.entry === 'in' ? deal.side : deal.profit >= 0 ? 'gain' : 'loss',
    text: deal.entry === 'in' ? lots(deal.volume) : signedMoney(deal.profit, trade.currency),
  }))
}

export function levelsOfTrade(trade: TradeDetail): PriceLevel[] {
  const { entryPrice, exitPrice, initialStop, stopLoss, takeProfit, mae, mfe, side } = trade
  const way = side === 'buy' ? 1 : -1
  const levels: (PriceLevel | false)[] = [
    entryPrice !== null && { price: entryPrice, kind: 'entry', text: 'Entry' },
    exitPrice !== null && trade.state === 'closed' && { price: exitPrice, kind: 'exit', text: 'Exit' },
    stopLoss !== null && { price: stopLoss, kind: 'stop', text: 'SL' },
    initialStop !== null &&
      initialStop !== stopLoss && { price: initialStop, kind: 'stop', text: 'First SL' },
    takeProfit !== null && { price: takeProfit, kind: 'target', text: 'TP' },
    entryPrice !== null && !!mae && { price: entryPrice - way * mae, kind: 'worst', text: 'MAE' },
    entryPrice !== null && !!mfe && { price: entryPrice + way * mfe, kind: 'best', text: 'MFE' },
  ]
  return levels.filter(level => level !== false)
}

/** From where it was entered to where it was left; nothing while it is open. */
export function pathOfTrade(trade: TradeDetail, bars: readonly Bar[]): TradePath | undefined {
  const { entryPrice, exitPrice, enteredAt, exitedAt, netProfit } = trade
  if (entryPrice === null || exitPrice === null || !enteredAt || !exitedAt) return undefined
  return {
    from: { time: barAt(bars, enteredAt), price: entryPrice },
    to: { time: barAt(bars, exitedAt), price: exitPrice },
    isGain: netProfit >= 0,
  }
}

/** The bar in which something happened; the chart would make a gap for a time that is no bar's. */
export function barAt(bars: readonly Bar[], at: string): number {
  const seconds = Date.parse(at) / 1000
  return bars.findLast(bar => bar.time <= seconds)?.time ?? bars[0]?.time ?? 0
}
