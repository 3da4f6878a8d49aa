import { describe, expect, it } from 'vitest'
import { actorWords, figureOf, kindWords, subjectPlace } from '@/components/alerts/incident-words'
import { anIncident } from '@/test-cast'

describe('the figures of an incident', () => {
  it.each([
    [{ value: 1040, limit: 1000, unit: 'money', currency: 'USD' }, '$1,040.00', '$1,000.00', 1.04],
    [{ value: 8.5, limit: 10, unit: 'percent' }, '8.5 %', '10.0 %', 0.85],
    [{ value: 0.0071, limit: 0.001, unit: 'percent' }, '0.0071 %', '0.0010 %', 7.1],
    [{ value: 200, limit: 120, unit: 'seconds' }, '3 min 20 s', '2 min', 200 / 120],
    [{ value: 12, limit: 10, unit: 'items' }, '12 items', '10 items', 1.2],
    [{ value: 120, limit: 150, unit: 'percent', percent: 100 }, '120.0 %', '150.0 %', 1],
    [{ value: -5, limit: 10, unit: 'USD' }, '-5 USD', '10 USD', 0],
  ])('of %o are read as words', (detail, value, limit, share) => {
    const found = figureOf(detail)
    expect(found).toMatchObject({ value, limit })
    expect(found?.share).toBeCloseTo(share)
  })

  it('are none where it says none', () => {
    expect(figureOf({})).toBeNull()
    expect(figureOf({ value: 'much', limit: 1 })).toBeNull()
    expect(figureOf({ value: 1, limit: 0 })?.share).toBeNull()
  })
})

describe('what an incident is about', () => {
  it.each([
    [{ subject: 'account', accountId: 'a1' }, '/accounts/a1'],
    [{ subject: 'instance', subjectId: 'i1', accountId: 'a1' }, '/instances/i1'],
    [{ subject: 'host', subjectId: 'h1', accountId: null }, '/machines/h1'],
    [{ subject: 'host', subjectId: null, accountId: null }, null],
    [{ subject: 'group', subjectId: 'g1', accountId: null, subjectLabel: 'A B' }, '/board?group=A%20B'],
    [{ subject: 'tenant', subjectId: null, accountId: null }, null],
  ] as const)('%o is at %s', (changes, place) => {
    expect(subjectPlace(anIncident(changes))).toBe(place)
  })
})

it('names kinds and actors as people do', () => {
  expect(kindWords('heartbeat_late')).toBe('Heartbeat late')
  expect(actorWords('system:monitor')).toBe('metafleet')
  expect(actorWords('alice@example.com')).toBe('alice@example.com')
})
