import { describe, expect, it } from 'vitest'
import { actionLook, dollars, isLate, memory, oldest } from '@/components/operator/words'

describe('the words of an operator', () => {
  it('shows a price below a dollar to a hundredth of a cent', () => {
    expect([0, 0.0123, 0.5, 12.3456, 1200].map(dollars)).toEqual([
      '$0.00',
      '$0.0123',
      '$0.50',
      '$12.35',
      '$1,200.00',
    ])
    expect(dollars(null)).toBe('—')
  })

  it('shows memory in the unit that is shorter', () => {
    expect([80.4, 999, 8192, 64_000, null].map(memory)).toEqual(['80 MB', '999 MB', '8.2 GB', '64 GB', '—'])
  })

  it('calls work late that the sweep should have taken', () => {
    expect(isLate({ count: 3, oldestS: 2 })).toBe(false)
    expect(isLate({ count: 3, oldestS: 16 })).toBe(true)
    expect(oldest({ count: 0, oldestS: null })).toBe('none waits')
    expect(oldest({ count: 3, oldestS: 75 })).toBe('oldest 1 min 15 s')
  })

  it('has a look for an action that it does not know', () => {
    expect(actionLook('up').label).toBe('Up')
    expect(actionLook('sideways').label).toBe('Nothing')
  })
})
