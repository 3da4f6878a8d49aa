import { render, screen } from '@testing-library/react'
import { MemoryRouter } from 'react-router'
import { expect, it } from 'vitest'
import type { AccountLimits } from '@/api/limits'
import { BreachBanner } from '@/components/limits/breach-banner'
import { LimitFacts } from '@/components/limits/limit-facts'
import { aLimit, someLimits } from '@/components/limits/test-limits'

const breach = (changes: Partial<NonNullable<AccountLimits['breach']>> = {}) => ({
  kind: 'daily_loss' as const,
  at: '2026-07-04T10:00:00Z',
  equity: 9_480,
  floor: 9_500,
  limit: 500,
  used: 520,
  firedBy: 'server' as const,
  ...changes,
})

const banner = (found: AccountLimits) =>
  render(
    <MemoryRouter>
      <BreachBanner accountId="a1" found={found} />
    </MemoryRouter>,
  )

it('a breach says at which equity, and who saw it', () => {
  banner(someLimits({ breach: breach({ firedBy: 'runner' }) }))
  const text = screen.getByRole('alert').textContent
  expect(text).toContain('Daily loss limit broken')
  expect(text).toContain('equity $9,480.00, where $9,500.00 breaks it: $520.00 of $500.00')
  expect(text).toContain('The runner beside the terminal saw it first')
})

it('what is passed is no breach', () => {
  banner(someLimits({ isPassed: true }))
  expect(screen.queryByRole('alert')).toBeNull()
  expect(screen.getByText('F1 is passed')).toBeTruthy()
})

it('a gauge is read as it is seen, and the distance stands beside it', () => {
  const moves = [
    { symbol: 'EURUSD', isOpen: true, days: 14, average: 0.008, moneyPerLot: 800 },
    { symbol: 'GER40', isOpen: true, days: 0, average: null, moneyPerLot: null },
  ]
  render(<LimitFacts limit={aLimit()} moves={moves} currency="USD" />)
  const gauge = screen.getByRole('meter', { name: 'Daily loss' })
  expect(gauge.getAttribute('aria-valuetext')).toBe('60 % used, $200.00 left')
  expect(screen.getByText('Lots of EURUSD').nextSibling?.textContent).toBe('0.25')
  expect(screen.queryByText('Lots of GER40')).toBeNull()
})
