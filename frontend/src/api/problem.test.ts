import { describe, expect, it } from 'vitest'
import { ApiError, placeErrors, problemOf, sentenceOf, UNREACHABLE } from '@/api/problem'
import { joinLog } from '@/api/queries'
import { telemetryAt } from '@/api/telemetry'

const refusal = (...errors: { pointer: string; detail: string }[]) =>
  new ApiError({ title: 'Bad Request', status: 400, detail: 'It was refused.', instance: 'r1', errors })

describe('a refusal', () => {
  it('is placed at the fields that it names', () => {
    const error = refusal(
      { pointer: '/inputs/fast_period', detail: 'must be less than slow_period' },
      { pointer: '/symbol', detail: 'Choose another symbol.' },
    )
    expect(placeErrors(error, ['fast_period'], '/inputs')).toEqual({
      fields: { fast_period: 'Must be less than slow_period' },
      rest: 'Choose another symbol.',
    })
  })

  it('that names no field is a sentence', () => {
    expect(placeErrors(refusal(), ['label'])).toEqual({ fields: {}, rest: 'It was refused.' })
    expect(placeErrors(new ApiError(UNREACHABLE), ['label']).rest).toContain('could not be reached')
  })

  it('from a proxy that speaks HTML still reads as a sentence', () => {
    expect(problemOf('<html>', 502).detail).toContain('failed on our side')
    expect(problemOf(null, 418).detail).toBe('The request was refused (418).')
    expect(sentenceOf(new TypeError('x is undefined'))).not.toContain('undefined')
  })
})

describe('telemetry', () => {
  const now = Date.parse('2026-07-04T10:01:40Z')

  it.each([
    ['2026-07-04T10:01:30Z', 'fresh'],
    ['2026-07-04T10:01:24Z', 'late'],
    ['2026-07-04T10:00:30Z', 'stale'],
    ['2026-07-04T10:02:00Z', 'fresh'],
    [null, 'none'],
  ])('ages by itself: heard %s is %s', (at, telemetry) => expect(telemetryAt(at, now)).toBe(telemetry))
})

describe('the log', () => {
  it('joins what came after', () => {
    const joined = joinLog({ lines: ['a'], nextOffset: 2 }, { lines: ['b'], nextOffset: 4 })
    expect(joined).toEqual({ lines: ['a', 'b'], nextOffset: 4 })
  })

  it('begins anew where the file did', () => {
    const fresh = { lines: ['new'], nextOffset: 1 }
    expect(joinLog({ lines: ['a'], nextOffset: 9 }, fresh)).toBe(fresh)
  })
})
