import { describe, expect, it } from 'vitest'
import { deadLetters } from '@/components/badges'
import { readCommandFilters } from '@/components/command/filters'
import { forgetId, idOf, withCommand } from '@/components/command/send'
import { commandWords, isOrder, resultWords } from '@/components/command/words'
import { aCommand } from '@/test-cast'

describe('a command is said as a person would', () => {
  it.each([
    ['OPEN', { symbol: 'EURUSD', side: 'sell', volume: 0.1 }, 'Sell 0.10 EURUSD'],
    ['CLOSE', { ticket: 77 }, 'Close #77'],
    ['CLOSE', { ticket: 77, volume: 0.05 }, 'Close 0.05 of #77'],
    ['CLOSE_ALL', {}, 'Close all positions'],
    ['CLOSE_ALL', { symbol: 'XAUUSD' }, 'Close all XAUUSD positions'],
    ['MODIFY', { ticket: 77, stopLoss: 1.07 }, 'Stop to 1.07 of #77'],
    ['MODIFY', { ticket: 77, stopLoss: null, takeProfit: 1.09 }, 'No stop, target to 1.09 of #77'],
    ['FETCH_CANDLES', { symbol: 'EURUSD' }, 'Fetch candles of EURUSD'],
    ['SYNC_TRADES', {}, 'Send trades again'],
    ['SOMETHING_NEW', {}, 'SOMETHING_NEW'],
  ])('%s %o', (type, payload, words) => {
    expect(commandWords({ type, payload })).toBe(words)
  })
})

describe('a result', () => {
  it.each([
    ['OPEN', { deal: 585, order: 583, price: 1.07552, volume: 0.05 }, 'Filled 0.05 at 1.07552, #583'],
    ['OPEN', null, 'Filled'],
    ['CLOSE', { deal: 9, price: 1.1, volume: 0.1 }, 'Closed 0.10 at 1.1'],
    ['CLOSE_ALL', { closed: [1, 2] }, 'Closed 2 positions'],
    ['CLOSE_ALL', { closed: [] }, 'Nothing was open'],
    ['MODIFY', { stopLoss: 1.07, takeProfit: null }, 'Stop 1.07, target none'],
    ['FETCH_CANDLES', { candles: 241 }, '241 candles'],
    ['PING', { terminalConnected: false }, 'It answers, without a link to the broker'],
  ])('of %s %o is said in words', (type, result, words) => {
    expect(resultWords(aCommand({ type, result, state: 'done' }))).toBe(words)
  })

  it('that is bad says why, and never nothing', () => {
    expect(resultWords(aCommand({ state: 'failed', error: '10018 Market is closed' }))).toBe(
      '10018 Market is closed',
    )
    expect(resultWords(aCommand({ state: 'dead', error: '' }))).toBe('No reason was given.')
  })
})

it('only what moves money is an order', () => {
  expect(
    ['OPEN', 'MODIFY', 'CLOSE', 'CLOSE_ALL', 'PING', 'SYNC_TRADES'].filter(type => isOrder({ type })),
  ).toEqual(['OPEN', 'MODIFY', 'CLOSE', 'CLOSE_ALL'])
})

describe('a list', () => {
  const page = { items: [aCommand({ id: 'old' })], total: 1, page: 1, pageSize: 2 }

  it('shows a new command at once, first, and once however often it is told', () => {
    const once = withCommand(page, aCommand({ id: 'new' }), {})
    expect(once.items.map(row => row.id)).toEqual(['new', 'old'])
    const twice = withCommand(once, aCommand({ id: 'new', state: 'done' }), {})
    expect(twice.items.map(row => [row.id, row.state])).toEqual([
      ['new', 'done'],
      ['old', 'queued'],
    ])
    expect(twice.total).toBe(2)
  })

  it('leaves out what its filters leave out', () => {
    const made = aCommand({ id: 'new', accountId: 'a2', type: 'PING' })
    for (const filters of [{ account: 'a1' }, { type: 'OPEN' }, { state: 'dead' as const }, { page: 2 }]) {
      expect(withCommand(page, made, filters)).toBe(page)
    }
  })

  it('takes of the URL what makes sense', () => {
    const read = (text: string) => readCommandFilters(new URLSearchParams(text))
    expect(read('state=dead&type=OPEN&account=a1&page=3')).toMatchObject({
      state: 'dead',
      type: 'OPEN',
      account: 'a1',
      page: 3,
    })
    expect(read('state=gone&type=NOPE&page=-1')).toEqual({ page: 1, pageSize: 50 })
  })
})

it('dropped commands of the last day wait for a person, older ones are history', () => {
  const now = Date.parse('2026-07-04T12:00:00Z')
  const dead = { state: 'dead' as const, canRequeue: true }
  const rows = [
    aCommand({ ...dead, finishedAt: '2026-07-04T11:00:00Z' }),
    aCommand({ ...dead, finishedAt: '2026-07-03T11:00:00Z' }),
    aCommand({ ...dead, error: 'Cancelled by alice@example.com', finishedAt: '2026-07-04T11:00:00Z' }),
    aCommand({ ...dead, canRequeue: false, finishedAt: '2026-07-04T11:00:00Z' }),
  ]
  expect(deadLetters(rows, now)).toBe(1)
})

describe('one wish', () => {
  const wish = { type: 'OPEN' as const, payload: { symbol: 'EURUSD', side: 'buy', volume: 0.1 } }

  it('is one command until it is answered, and another wish is another', () => {
    const id = idOf('a1', wish, 0)
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/)
    expect(idOf('a1', { ...wish }, 1000)).toBe(id)
    expect(idOf('a2', wish, 1000)).not.toBe(id)
    expect(idOf('a1', { ...wish, payload: { ...wish.payload, volume: 0.2 } }, 1000)).not.toBe(id)
    forgetId('a1', wish)
    expect(idOf('a1', wish, 2000)).not.toBe(id)
  })

  it('is a new one once the order of an old one has ended', () => {
    const id = idOf('a3', wish, 0)
    expect(idOf('a3', wish, 299_000)).toBe(id)
    expect(idOf('a3', wish, 301_000)).not.toBe(id)
  })
})
