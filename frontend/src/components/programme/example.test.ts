import { expect, it } from 'vitest'
import type { Phase } from '@/api/programmes'
import { EXAMPLE, firstBreak, floorsOf } from '@/components/programme/example'
import { sentencesOf } from '@/components/programme/words'

const phase = (changes: Partial<Phase>): Phase => ({
  name: 'F1',
  dailyBasis: 'balance',
  totalKind: 'static',
  totalLocks: false,
  minDays: 0,
  onBreach: 'flatten',
  ...changes,
})

const PATH = [
  { day: 0, balance: 0, equity: 0 },
  { day: 0, balance: 0, equity: 5 },
  { day: 0, balance: 2, equity: 4 },
  { day: 1, balance: 2, equity: 1 },
  { day: 1, balance: 1, equity: 1 },
]
const floors = (changes: Partial<Phase>, kind: 'daily' | 'total') =>
  floorsOf(phase(changes), PATH).map(one => one[kind])

it('counts a day’s loss from what the terms say', () => {
  expect(floors({ dailyLossPercent: 3, dailyBasis: 'balance' }, 'daily')).toEqual([-3, -3, -3, -1, -1])
  expect(floors({ dailyLossPercent: 3, dailyBasis: 'equity' }, 'daily')).toEqual([-3, -3, -3, 1, 1])
  expect(floors({ dailyLossPercent: 3, dailyBasis: 'higher' }, 'daily')).toEqual([-3, -3, -3, 1, 1])
  expect(floors({}, 'daily')).toEqual([null, null, null, null, null])
})

it('lets a total limit stand, trail, trail by days, and lock', () => {
  expect(floors({ totalLossPercent: 4 }, 'total')).toEqual([-4, -4, -4, -4, -4])
  const trailing = { totalLossPercent: 4, totalKind: 'trailing' } as const
  expect(floors(trailing, 'total')).toEqual([-4, 1, 1, 1, 1])
  expect(floors({ ...trailing, totalLocks: true }, 'total')).toEqual([-4, 0, 0, 0, 0])
  expect(floors({ totalLossPercent: 4, totalKind: 'trailing_eod' }, 'total')).toEqual([-4, -4, -4, -2, -2])
})

it('finds the first moment at which a limit is reached', () => {
  const terms = phase({ totalLossPercent: 4, totalKind: 'trailing' })
  expect(firstBreak(PATH, floorsOf(terms, PATH))).toEqual({ at: 3, kind: 'total' })
  const wide = phase({ dailyLossPercent: 5, totalLossPercent: 10 })
  expect(firstBreak(EXAMPLE, floorsOf(wide, EXAMPLE))).toBeNull()
})

it('says what a phase demands, and nothing that it does not', () => {
  expect(sentencesOf(phase({ targetPercent: 8, dailyLossPercent: 4.5 }))).toEqual([
    'In a day equity may fall less than 4.5 % of the first balance below the balance at the day’s start.',
    'Passed once closed profit is 8 % of the first balance.',
    'At a breach the account’s EAs are paused, all its positions are closed, and people are told.',
  ])
  expect(sentencesOf(phase({ totalLossPercent: 10 }))[0]).toBe(
    'In all, equity may fall less than 10 % below the first balance.',
  )
  expect(sentencesOf(phase({}))).toEqual(['There is no limit that could be broken.'])
})
