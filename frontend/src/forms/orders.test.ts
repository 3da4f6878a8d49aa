import { describe, expect, it } from 'vitest'
import {
  canSplit,
  closePayload,
  levelFault,
  modifyPayload,
  openPayload,
  outcomeAt,
  partVolume,
  readNumber,
  sidesFault,
  volumeFault,
} from '@/forms/orders'
import { aPosition } from '@/test-cast'

const SIZES = { volumeMin: 0.01, volumeMax: 50, volumeStep: 0.01 }
const DRAFT = {
  symbol: ' EURUSD ',
  side: 'buy' as const,
  volume: '0,05',
  stopLoss: '',
  takeProfit: '',
  comment: '',
}

describe('a volume', () => {
  it.each([
    ['0.01', true],
    ['0,29', true],
    ['50', true],
    ['0', 'Between 0.01 and 50.00 lots.'],
    ['50.01', 'Between 0.01 and 50.00 lots.'],
    ['', 'Between 0.01 and 50.00 lots.'],
    ['much', 'Between 0.01 and 50.00 lots.'],
    ['0.015', 'In steps of 0.01 lots.'],
  ])('%s is judged as %s', (text, verdict) => {
    expect(volumeFault(text, SIZES)).toBe(verdict)
  })

  it('of a part is the nearest that the broker can close, never none and never more than there is', () => {
    expect(partVolume(0.11, 0.5, SIZES)).toBe(0.06)
    expect(partVolume(0.1, 0.25, SIZES)).toBe(0.03)
    expect(partVolume(0.02, 0.25, SIZES)).toBe(0.01)
    expect(partVolume(0.3, 1, SIZES)).toBe(0.3)
    expect(partVolume(1.5, 0.75, { ...SIZES, volumeStep: 0.1, volumeMin: 0.1 })).toBe(1.1)
  })

  it('of the least size cannot be split', () => {
    expect(canSplit(0.01, SIZES)).toBe(false)
    expect(canSplit(0.02, SIZES)).toBe(true)
  })
})

describe('a level', () => {
  it('may be empty, and is above zero where it is not', () => {
    expect(levelFault(' ')).toBe(true)
    expect(levelFault('1.08')).toBe(true)
    expect(levelFault('0')).toMatch(/above zero/)
    expect(levelFault('x')).toMatch(/above zero/)
  })

  it('stands on the side that its order can reach', () => {
    expect(sidesFault('buy', '1.07', '1.09')).toBe(true)
    expect(sidesFault('buy', '1.09', '1.07')).toMatch(/above the stop/)
    expect(sidesFault('sell', '1.07', '1.09')).toMatch(/below the stop/)
    expect(sidesFault('sell', '1.07', '')).toBe(true)
  })

  it('says what it would make, from what the position has made so far', () => {
    const position = aPosition({ openPrice: 1.08, currentPrice: 1.082, profit: 20 })
    expect(outcomeAt(position, 1.07)).toBeCloseTo(-100, 6)
    expect(outcomeAt(aPosition({ currentPrice: 1.08, profit: 0 }), 1.07)).toBeNull()
  })
})

describe('a payload', () => {
  it('says only what was said', () => {
    expect(openPayload(DRAFT)).toEqual({ symbol: 'EURUSD', side: 'buy', volume: 0.05 })
    expect(openPayload({ ...DRAFT, stopLoss: '1,07', comment: ' by hand ' })).toEqual({
      symbol: 'EURUSD',
      side: 'buy',
      volume: 0.05,
      stopLoss: 1.07,
      comment: 'by hand',
    })
  })

  it('of a change names what changes, and null for what is taken away', () => {
    const position = aPosition({ stopLoss: 1.07, takeProfit: null })
    expect(modifyPayload(position, '1.07', '1.09')).toEqual({ ticket: position.ticket, takeProfit: 1.09 })
    expect(modifyPayload(position, '', '')).toEqual({ ticket: position.ticket, stopLoss: null })
  })

  it('of a whole close names no volume', () => {
    const position = aPosition({ volume: 0.1 })
    expect(closePayload(position, 0.1)).toEqual({ ticket: position.ticket })
    expect(closePayload(position, 0.05)).toEqual({ ticket: position.ticket, volume: 0.05 })
  })
})

it('a number may be written with a comma, and an empty field is none', () => {
  expect(readNumber(' 1,5 ')).toBe(1.5)
  expect(readNumber('  ')).toBeUndefined()
  expect(readNumber('1.5.5')).toBeNaN()
})
