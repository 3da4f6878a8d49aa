import { describe, expect, it } from 'vitest'
import { axisMoney, direction, money, signedMoney } from '@/format/money'

describe('money', () => {
  it.each([
    [10_000, 'USD', '$10,000.00'],
    [-12.5, 'USD', '−$12.50'],
    [-0.004, 'USD', '$0.00'],
    [1234.5, 'EUR', '€1,234.50'],
    [5, 'USC', 'USC 5.00'],
    [5, 'not a currency', '5.00'],
    [null, 'USD', '—'],
  ])('shows %s %s as %s', (value, currency, text) => {
    expect(money(value, currency).replaceAll('\u00a0', ' ')).toBe(text)
  })

  it.each([
    [0.01, '+$0.01'],
    [0.004, '$0.00'],
    [-3, '−$3.00'],
    [null, '—'],
  ])('signs %s as %s', (value, text) => expect(signedMoney(value, 'USD')).toBe(text))

  it('calls less than half a cent neither gain nor loss', () => {
    expect([0.0049, -0.0049, 0.005, -0.005].map(direction)).toEqual(['flat', 'flat', 'up', 'down'])
  })

  it('leaves cents off an axis unless its lines stand close', () => {
    expect(axisMoney(10_290, 'USD', false)).toBe('$10,290')
    expect(axisMoney(10_290.25, 'USD', true)).toBe('$10,290.25')
  })
})
