import { expect, it } from 'vitest'
import { limitsAfter } from '@/api/limits'
import type { Heartbeat } from '@/api/live-messages'
import { distanceRatio, goalShare, goalWords, lotsTo, stageOf } from '@/components/limits/gauges'
import { aLimit, someLimits } from '@/components/limits/test-limits'

const beat = (at: string, equity: number) =>
  ({ type: 'heartbeat', accountId: 'a1', at, balance: 10_000, equity }) as Heartbeat

it('warns by stages', () => {
  expect([49.9, 50, 75, 90, 99.9, 100, 140].map(stageOf)).toEqual([
    'calm',
    'watch',
    'near',
    'last',
    'last',
    'broken',
    'broken',
  ])
})

it('says the distance in equity and in lots', () => {
  expect(distanceRatio(aLimit())).toBeCloseTo(200 / 9_700)
  const move = { symbol: 'EURUSD', isOpen: true, days: 14, average: 0.008, moneyPerLot: 800 }
  expect(lotsTo(aLimit(), move)).toBe(0.25)
  expect(lotsTo(aLimit({ left: -20 }), move)).toBe(0)
  expect(lotsTo(aLimit(), { ...move, moneyPerLot: null })).toBeNull()
})

it('moves with a heartbeat, and not with an older one', () => {
  const after = limitsAfter(someLimits(), beat('2026-07-04T10:00:05Z', 9_560))
  expect(after.limits[0]).toMatchObject({ used: 440, left: 60, percent: 88, floor: 9_500, isBreached: false })
  expect(after.day).toMatchObject({ low: 9_560, high: 10_010 })
  const seen = someLimits()
  expect(limitsAfter(seen, beat('2026-07-04T09:59:59Z', 9_000))).toBe(seen)
})

it('breaks a limit that is reached, and counts no gain as used', () => {
  expect(limitsAfter(someLimits(), beat('2026-07-04T10:00:05Z', 9_500)).limits[0]?.isBreached).toBe(true)
  expect(limitsAfter(someLimits(), beat('2026-07-04T10:00:05Z', 10_200)).limits[0]?.percent).toBe(0)
})

it('says how much of a goal is reached', () => {
  const target = { kind: 'profit_target', wanted: 800, reached: 200, isMet: false } as const
  expect([goalShare(target), goalWords(target, 'USD')]).toEqual([0.25, '$200.00 of $800.00'])
  expect(goalShare({ ...target, reached: -50 })).toBe(0)
  const best = { kind: 'consistency', wanted: 50, reached: 80, isMet: false } as const
  expect([goalShare(best), goalWords(best, 'USD')]).toEqual([0.625, '80 % of at most 50 %'])
  expect(goalWords({ kind: 'min_days', wanted: 4, reached: 2, isMet: false }, 'USD')).toBe('2 of 4 days')
})
