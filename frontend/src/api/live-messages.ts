import type { BacktestState } from '@/api/backtests'

/** What the hub says on /live. At most once and in no promised order; see the hub's console.live. */
export type LiveMessage =
  | { type: 'hello'; at: string }
  | { type: 'ping' }
  | { type: 'plan' }
  | { type: 'markets' }
  | { type: 'board' }
  | { type: 'rule'; id: string }
  | { type: 'maintenance'; id: string }
  | { type: 'incident'; id: string; accountId: string | null }
  | { type: 'account'; id: string }
  | { type: 'machine'; id: string }
  | { type: 'recommendations' }
  | { type: 'signal'; id: string }
  | { type: 'backtest'; id: string; state: BacktestState; progress: number }
  | {
      type: 'optimisation'
      id: string
      state: BacktestState
      done: number
      total: number
      secondsLeft: number | null
    }
  | { type: 'instance'; id: string; accountId: string }
  | Heartbeat
  | { type: 'command'; id: string; accountId: string; state: string }
  | { type: 'positions'; accountId: string }
  | { type: 'trades'; accountId: string; count: number }
  | CandleMessage

export interface Heartbeat {
  type: 'heartbeat'
  accountId: string
  instanceId: string | null
  at: string
  balance: number
  equity: number
  margin: number
  freeMargin: number
  profit: number
  /** Null of a terminal that does not say it in its heartbeats. */
  openPositions: number | null
  status: string | null
}

export interface CandleMessage {
  type: 'candle'
  server: string
  symbol: string
  time: number
  open: number
  high: number
  low: number
  close: number
}

const TYPES = new Set([
  'hello',
  'ping',
  'plan',
  'markets',
  'account',
  'machine',
  'backtest',
  'recommendations',
  'signal',
  'optimisation',
  'board',
  'incident',
  'rule',
  'maintenance',
  'instance',
  'command',
  'heartbeat',
  'positions',
  'trades',
  'candle',
])

/** Decode one frame: a message or several; what this version does not know is left out, so that a newer hub can say more. */
export function decode(data: unknown): LiveMessage[] {
  if (typeof data !== 'string') return []
  try {
    const frame: unknown = JSON.parse(data)
    return (Array.isArray(frame) ? frame : [frame]).filter(isKnown)
  } catch {
    return []
  }
}

function isKnown(message: unknown): message is LiveMessage {
  const type = (message as { type?: unknown } | null)?.type
  return typeof type === 'string' && TYPES.has(type)
}
