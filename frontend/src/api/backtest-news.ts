import type { QueryClient } from '@tanstack/react-query'
import type { Backtest } from '@/api/backtests'
import type { LiveMessage } from '@/api/live-messages'

type BacktestMessage = Extract<LiveMessage, { type: 'backtest' }>

/** Write how far one is, as the message says; false where there is more to know, which is asked for. */
export function hasMoved(cache: QueryClient, { id, state, progress }: BacktestMessage): boolean {
  if (state !== 'running' || !progress) return false
  const moved = (row: Backtest): Backtest => (row.id === id ? { ...row, state, progress } : row)
  for (const [key, rows] of cache.getQueriesData<Backtest[]>({ queryKey: ['backtests', 'list'] })) {
    cache.setQueryData(key, rows?.map(moved))
  }
  cache.setQueryData<Backtest>(['backtests', 'one', id], row => row && moved(row))
  return true
}
