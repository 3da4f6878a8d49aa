import { describe, expect, it } from 'vitest'
import { bySymbol, progressOf } from '@/components/kill-switch/words'

const gold = { symbol: 'XAUUSD', isOwn: true, buyLots: 0.5, sellLots: 0, positions: 1 }
const manual = { ...gold, isOwn: false, buyLots: 0, sellLots: 2, positions: 3 }

describe('bySymbol', () => {
  it('leaves out what no EA opened unless it is closed too', () => {
    expect(bySymbol([gold, manual], false)).toEqual([gold])
    expect(bySymbol([gold, manual], true)).toEqual([
      { symbol: 'XAUUSD', isOwn: true, buyLots: 0.5, sellLots: 2, positions: 4 },
    ])
  })
})

describe('progressOf', () => {
  const open = { flatAt: null, secondsToFlat: null, isWatched: true, left: 2 }
  it.each([
    [open, 'Closing: 2 positions left'],
    [{ ...open, left: 0 }, 'Waiting for proof that nothing is open'],
    [{ ...open, isWatched: false, left: 1 }, 'Not flat: 1 position open'],
    [{ ...open, flatAt: '2026-07-04T10:00:02Z', secondsToFlat: 1.25, isWatched: false }, 'Flat after 1.3 s'],
    [{ ...open, flatAt: '2026-07-04T10:00:02Z', secondsToFlat: 0, isWatched: false }, 'Nothing was open'],
  ])('says where it stands', (row, words) => {
    expect(progressOf(row).text).toBe(words)
  })
})
