import { describe, expect, it } from 'vitest'
import type { Rollout } from '@/api/operator-records'
import { LineNotUnderstood, readMigration, writeMigration } from '@/components/rollout/migration'
import { phasesOf, watchShare } from '@/components/rollout/words'

const NOW = Date.parse('2026-03-02T12:00:00Z')
const ROLLOUT: Rollout = {
  id: '1',
  templateSlug: 'trend-following',
  templateName: 'Trend following',
  fromVersion: '1.0.0',
  toVersion: '2.0.0',
  toVersionId: '2',
  state: 'canary',
  canaries: 2,
  watchMinutes: 60,
  maxLossPercent: 5,
  maxCrashes: 2,
  maxLateHeartbeats: 10,
  evenWithPositions: false,
  wave: 0,
  waiting: '',
  reason: '',
  startedBy: 'me@example.com',
  startedAt: '2026-03-02T11:00:00Z',
  provedAt: null,
  watchedUntil: null,
  endedAt: null,
  chosen: 2,
  moved: 2,
  skipped: 0,
  back: 0,
  left: 5,
}

describe('an input migration', () => {
  it('is read as a person writes it, and written the same way', () => {
    const text = 'fast -> quick\n- old\nside = buy\nlots = 0.1\nis_on = true'
    const read = readMigration(`${text}\n\n`)
    expect(read).toEqual({
      renamed: { fast: 'quick' },
      removed: ['old'],
      set: { side: 'buy', lots: 0.1, is_on: true },
    })
    expect(writeMigration(read)).toBe(text)
  })

  it('names the line that it does not understand', () => {
    expect(() => readMigration('fast becomes quick')).toThrow(LineNotUnderstood)
    expect(() => readMigration('fast becomes quick')).toThrow('“fast becomes quick” is none of')
  })
})

describe('the phases', () => {
  const states = (row: Partial<Rollout>) => phasesOf({ ...ROLLOUT, ...row }, NOW).map(one => one.state)

  it('say how far it came', () => {
    expect(states({ moved: 0 })).toEqual(['now', 'next', 'next', 'next'])
    expect(states({})).toEqual(['done', 'now', 'next', 'next'])
    expect(states({ state: 'promoting', wave: 1 })).toEqual(['done', 'done', 'now', 'next'])
    expect(states({ state: 'promoted', wave: 3 })).toEqual(['done', 'done', 'done', 'done'])
    expect(states({ state: 'rolled_back' })).toEqual(['done', 'never', 'never', 'done'])
  })

  it('show how much of the watch is over, once it has begun', () => {
    expect(watchShare(ROLLOUT, NOW)).toBeNull()
    expect(watchShare({ ...ROLLOUT, watchedUntil: '2026-03-02T12:15:00Z' }, NOW)).toBe(0.75)
    expect(phasesOf({ ...ROLLOUT, watchedUntil: '2026-03-02T12:15:00Z' }, NOW)[1]?.says).toBe(
      '15 of 60 min left',
    )
  })
})
