import { describe, expect, it } from 'vitest'
import { age, ago, duration } from '@/format/age'
import { percent, ratio, signedPercent } from '@/format/percent'
import { digitsOf, price } from '@/format/price'
import { dayName, utc } from '@/format/time'
import { count, lots } from '@/format/volume'

describe('one formatter per unit', () => {
  it.each([
    [0, 'now'],
    [12.9, '12 s'],
    [60, '1 min'],
    [3599, '59 min'],
    [3600, '1 h'],
    [90_000, '1 d'],
  ])('says an age of %s s as %s', (seconds, text) => expect(age(seconds)).toBe(text))

  it('says ages within a sentence', () => {
    expect([ago(1), ago(30)]).toEqual(['just now', '30 s ago'])
  })

  it.each([
    [null, '—'],
    [0.85, '850 ms'],
    [2.34, '2.3 s'],
    [42.9, '42 s'],
    [200, '3 min 20 s'],
    [7200, '2 h'],
    [187_200, '2 d 4 h'],
  ])('says a duration of %s s as %s', (seconds, text) => expect(duration(seconds)).toBe(text))

  it('shows prices with the digits of their symbol', () => {
    expect([price(1.1, 5), price(156.4, 3), price(null, 5), price(0, 2)]).toEqual([
      '1.10000',
      '156.400',
      '—',
      '0.00',
    ])
    expect(digitsOf([1.085, 1.08512])).toBe(5)
  })

  it('shows volumes with two digits, or more where they say more', () => {
    expect([lots(0.1), lots(1), lots(0.125), count(12_345)]).toEqual(['0.10', '1.00', '0.125', '12,345'])
  })

  it('shows ratios as percent with a true minus', () => {
    expect([percent(0.615), percent(null), signedPercent(-0.0007), signedPercent(0.0044)]).toEqual([
      '61.5 %',
      '—',
      '−0.07 %',
      '+0.44 %',
    ])
    expect(ratio(1.842)).toBe('1.84')
  })

  it('names days of the server and instants in UTC', () => {
    expect(dayName('2026-07-04')).toBe('Sat 4 Jul')
    expect(utc(new Date('2026-07-04T09:15:02.123Z'))).toBe('2026-07-04 09:15:02 UTC')
  })
})
