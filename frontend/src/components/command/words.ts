import type { Command } from '@/api/records'
import type { Payload } from '@/api/terminal-records'
import { lots } from '@/format/volume'

/** The types that a list can be narrowed to, in the words of the screen. */
export const COMMAND_TYPES: Record<string, string> = {
  OPEN: 'Open',
  MODIFY: 'Change stop or target',
  CLOSE: 'Close',
  CLOSE_ALL: 'Close all',
  FETCH_CANDLES: 'Fetch candles',
  SYNC_TRADES: 'Send trades again',
  PAUSE: 'Pause',
  RESUME: 'Resume',
  STOP: 'Stop',
  CONFIGURE: 'New inputs',
  PING: 'Ping',
}

const ORDERS = new Set(['OPEN', 'MODIFY', 'CLOSE', 'CLOSE_ALL'])

/** Whether it moves money: queued again late, it meets another market. */
export const isOrder = (command: Pick<Command, 'type'>): boolean => ORDERS.has(command.type)

/** Whether a person called it back: it ended as was wished, and waits for nobody. */
export const isCancelled = (command: Pick<Command, 'state' | 'error'>): boolean =>
  command.state === 'dead' && command.error.startsWith('Cancelled by ')

/** What was asked, as a person would say it: `Buy 0.10 EURUSD`, `Close 0.05 of #4009000`. */
export function commandWords({ type, payload }: Pick<Command, 'type' | 'payload'>): string {
  const words = SAYS[type]
  return words ? words(payload) : (COMMAND_TYPES[type] ?? type)
}

const SAYS: Record<string, (payload: Payload) => string> = {
  OPEN: payload => {
    const side = text(payload.side).toLowerCase() === 'sell' ? 'Sell' : 'Buy'
    return `${side} ${volume(payload.volume)} ${text(payload.symbol)}`
  },
  MODIFY: payload => `${levels(payload)} of #${text(payload.ticket)}`,
  CLOSE: payload => {
    const part =
      payload.volume === undefined || payload.volume === null ? '' : `${volume(payload.volume)} of `
    return `Close ${part}#${text(payload.ticket)}`
  },
  CLOSE_ALL: payload =>
    payload.symbol ? `Close all ${text(payload.symbol)} positions` : 'Close all positions',
  FETCH_CANDLES: payload => `Fetch candles of ${text(payload.symbol)}`,
  STOP: payload => (payload.closePositions ? 'Stop, closing positions' : 'Stop'),
}

function levels(payload: Payload): string {
  const parts = [
    'stopLoss' in payload && (payload.stopLoss ? `stop to ${text(payload.stopLoss)}` : 'no stop'),
    'takeProfit' in payload && (payload.takeProfit ? `target to ${text(payload.takeProfit)}` : 'no target'),
  ].filter(part => part !== false)
  const words = parts.join(', ')
  return words ? words.charAt(0).toUpperCase() + words.slice(1) : 'Change'
}

/** What came of it, in words; empty while nobody knows. */
export function resultWords(command: Pick<Command, 'type' | 'state' | 'result' | 'error'>): string {
  if (command.state === 'failed' || command.state === 'dead') return command.error || 'No reason was given.'
  if (command.state === 'done') return doneWords(command.type, command.result ?? {})
  return command.error
}

function doneWords(type: string, result: Payload): string {
  switch (type) {
    case 'OPEN':
      // A position bears the ticket of the order that opened it.
      return `Filled${filled(result, result.ticket ?? result.position ?? result.order)}`
    case 'CLOSE':
      return `Closed${filled(result, null)}`
    case 'MODIFY':
      return `Stop ${level(result.stopLoss)}, target ${level(result.takeProfit)}`
    case 'CLOSE_ALL':
      return closedWords(result.closed)
    case 'FETCH_CANDLES':
      return 'candles' in result ? `${text(result.candles)} candles` : 'Candles are here'
    case 'SYNC_TRADES':
      return 'deals' in result ? `${text(result.deals)} deals sent` : 'Deals were sent'
    case 'PING':
      return result.terminalConnected === false ? 'It answers, without a link to the broker' : 'It answers'
    default:
      return 'Done'
  }
}

/** `0.10 at 1.08321, #4009000`, as far as the terminal said it. */
function filled(result: Payload, ticket: unknown): string {
  const words = [
    number(result.volume) && volume(result.volume),
    number(result.price) && `at ${text(result.price)}`,
  ]
    .filter(Boolean)
    .join(' ')
  const name = number(ticket) ? `#${text(ticket)}` : ''
  const said = [words, name].filter(Boolean).join(', ')
  return said ? ` ${said}` : ''
}

function closedWords(closed: unknown): string {
  const count = Array.isArray(closed) ? closed.length : Number(closed)
  if (!Number.isFinite(count)) return 'Closed'
  if (count === 0) return 'Nothing was open'
  return count === 1 ? 'Closed 1 position' : `Closed ${count} positions`
}

const level = (value: unknown): string => (number(value) ? text(value) : 'none')
const number = (value: unknown): boolean => Number.isFinite(Number(value)) && Number(value) > 0
const volume = (value: unknown): string => (number(value) ? lots(Number(value)) : text(value))
const text = (value: unknown): string => (value === undefined || value === null ? '?' : String(value))

/** `system:fleet` is the platform itself, doing what was wanted. */
export function actorWords(actor: string): string {
  return actor.startsWith('system:') ? 'metafleet' : actor
}
