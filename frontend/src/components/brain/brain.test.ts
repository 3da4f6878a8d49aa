import { describe, expect, test } from 'vitest'
import type { Signal } from '@/api/models'
import { boundsOf } from '@/components/brain/calibration-plot'
import { figure } from '@/components/brain/metrics-table'
import { bucketsOf } from '@/components/brain/signal-buckets'
import { isNarrowed, readSignalQuery, signalsFile } from '@/components/brain/signal-filters'
import { actsOf, whyNotAct } from '@/components/brain/version-acts'
import { bps, confidenceOf } from '@/components/brain/words'

const signal = (probability: number, isHit: boolean | null, changes: Partial<Signal> = {}): Signal =>
  ({
    side: probability > 0.5 ? 'buy' : 'sell',
    probability,
    outcome: { state: isHit === null ? 'waiting' : 'known', isHit, returnBps: isHit ? 4 : -6 },
    ...changes,
  }) as Signal

describe('signals', () => {
  test('a sell is as sure as the price is unlikely to rise', () => {
    expect(confidenceOf({ side: 'sell', probability: 0.3 })).toBeCloseTo(0.7)
    expect(confidenceOf({ side: 'none', probability: 0.45 })).toBeCloseTo(0.55)
  })

  test('buckets count what has a side and is judged', () => {
    const rows = [
      signal(0.62, true),
      signal(0.38, false),
      signal(0.9, true),
      signal(0.61, null),
      signal(0.5, true, { side: 'none' }),
    ]
    expect(bucketsOf(rows)).toEqual([
      { from: 0.6, to: 0.65, judged: 2, hits: 1, said: expect.closeTo(0.62), meanReturnBps: -1 },
      { from: 0.8, to: 1, judged: 1, hits: 1, said: 0.9, meanReturnBps: 4 },
    ])
  })

  test('the address is the choice, and nonsense in it is none', () => {
    const query = readSignalQuery(new URLSearchParams('side=up&outcome=miss&symbol=EURUSD&page=-3'))
    expect(query).toEqual({ outcome: 'miss', symbol: 'EURUSD', page: 1, pageSize: 50 })
    expect(signalsFile(query)).toBe('/api/signals/export.csv?symbol=EURUSD&outcome=miss')
    expect(isNarrowed(readSignalQuery(new URLSearchParams('page=2')))).toBe(false)
  })
})

describe('models', () => {
  test('what may be done is by state, and a shut gate promotes nobody', () => {
    expect(actsOf({ state: 'draft' })).toEqual(['retire', 'challenge', 'promote'])
    expect(actsOf({ state: 'champion' })).toEqual(['retire'])
    expect(actsOf({ state: 'retired' })).toEqual(['challenge', 'promote'])
    expect(whyNotAct('promote', { gatePassed: false })).toMatch(/no edge/)
    expect(whyNotAct('challenge', { gatePassed: false })).toBeUndefined()
  })

  test('the plot holds all points, and a half', () => {
    const [low, high] = boundsOf([{ predicted: 0.62, observed: 0.58, low: 0.5, high: 0.7, count: 9 }])
    expect(low).toBeLessThanOrEqual(0.45)
    expect(high).toBeGreaterThanOrEqual(0.62)
  })

  test('figures are as their unit has them', () => {
    expect(figure(-2.391, 'bps')).toBe('−2.39')
    expect(figure(0.3117, 'share')).toBe('31.2 %')
    expect(figure(0.68621)).toBe('0.6862')
    expect(figure(2853)).toBe('2,853')
    expect(figure(null)).toBe('—')
    expect(bps(0.64)).toBe('+0.6 bp')
  })
})
