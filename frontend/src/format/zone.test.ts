import { expect, it } from 'vitest'
import { allZones, countdown, isZone, offsetWords, zoneClock } from '@/format/zone'

it('a zone is known by its IANA name alone', () => {
  expect(isZone('Europe/Athens')).toBe(true)
  expect(isZone('Athens')).toBe(false)
  expect(isZone('')).toBe(false)
  expect(allZones()[0]).toBe('Europe/Athens')
})

it('a zone shows its clock, summer and winter', () => {
  expect(zoneClock('Europe/Athens', new Date('2026-07-04T10:00:00Z'))).toBe('13:00 (UTC+3)')
  expect(zoneClock('Europe/Athens', new Date('2026-01-04T10:00:00Z'))).toBe('12:00 (UTC+2)')
  expect(zoneClock('Nowhere', new Date())).toBeUndefined()
})

it('an offset is said in hours and minutes', () => {
  expect(offsetWords(null)).toBe('—')
  expect(offsetWords(0)).toBe('UTC')
  expect(offsetWords(10_800)).toBe('UTC+3')
  expect(offsetWords(-12_600)).toBe('UTC−3:30')
})

it('a countdown ends at zero', () => {
  expect(countdown(899.2)).toBe('15:00')
  expect(countdown(61)).toBe('1:01')
  expect(countdown(-5)).toBe('0:00')
})
