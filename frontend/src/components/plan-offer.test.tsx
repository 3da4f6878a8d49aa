import { render, screen } from '@testing-library/react'
import { expect, test } from 'vitest'
import type { Billing, PlanOffer } from '@/api/billing-queries'
import { canInstance, whyNot } from '@/api/can'
import type { Instance, Me } from '@/api/records'
import { PlanOfferCard, shareOf } from '@/components/plan-offer'
import { PlanStatus, PlanTerms } from '@/components/plan-status'
import { pausedIn } from '@/forms/plan-set'
import { alice, anInstance } from '@/test-cast'

const bronze: PlanOffer = {
  code: 'bronze',
  name: 'Bronze',
  priceUsdPerMonth: 29,
  instanceLimit: 3,
  activeLimit: 1,
  resourceClass: 'Small',
  cpuFactor: 1,
  memoryFactor: 1,
  shares: [
    { template: 'Grid Trading', cpu: 0.25, memoryMb: 256 },
    { template: 'Trend Following', cpu: 0.125, memoryMb: 256 },
  ],
  templates: ['Grid Trading'],
  isSold: true,
  pauses: [{ instanceId: 'i2', name: 'Grid GBPUSD', reason: 'The Bronze plan allows 1 active EA' }],
}

const paid: Billing = {
  plan: 'gold',
  status: 'active',
  provider: 'stripe',
  isCharged: true,
  canManage: true,
  periodEndsAt: '2026-04-01T00:00:00Z',
  cancelsAt: null,
  offers: [bronze],
}

test('a smaller plan says whom it would pause', () => {
  render(<PlanOfferCard offer={bronze} isOwn={false} />)
  expect(screen.getByText('Would pause Grid GBPUSD')).toBeTruthy()
  expect(screen.getByText('1 active EA at once')).toBeTruthy()
})

test('each plan says what an EA gets of a machine', () => {
  expect(shareOf(bronze)).toBe('0.13 to 0.25 cores and 256 MB for each EA')
  const [one] = bronze.shares
  expect(shareOf({ ...bronze, shares: one ? [{ ...one, cpu: 1 }] : [] })).toBe(
    '1 core and 256 MB for each EA',
  )
  expect(shareOf({ ...bronze, shares: [] })).toBe('for each EA')
  render(<PlanOfferCard offer={bronze} isOwn={false} />)
  expect(screen.getByText('Small machine share: 0.13 to 0.25 cores and 256 MB for each EA')).toBeTruthy()
})

test('the desk’s own plan is marked and warns of nothing', () => {
  render(<PlanOfferCard offer={bronze} isOwn />)
  expect(screen.getByText('Yours')).toBeTruthy()
  expect(screen.queryByText(/Would pause/)).toBeNull()
})

test('what an owner must do about the subscription is said, and nothing where all is well', () => {
  const { rerender, container } = render(<PlanStatus billing={paid} action={null} />)
  expect(container.textContent).toBe('')
  rerender(<PlanStatus billing={{ ...paid, status: 'past_due' }} action={null} />)
  expect(container.textContent).toContain('The last payment failed')
  rerender(<PlanStatus billing={{ ...paid, status: 'cancelled' }} action={null} />)
  expect(container.textContent).toContain('Your subscription has ended')
})

test('who pays, and until when, is said also after the end', () => {
  const { rerender, container } = render(<PlanTerms billing={paid} />)
  expect(container.textContent).toContain('Paid by Stripe; renews')
  rerender(<PlanTerms billing={{ ...paid, cancelsAt: paid.periodEndsAt }} />)
  expect(container.textContent).toBe('Paid by Stripe.')
  const ended = { ...paid, status: 'cancelled', isCharged: false, periodEndsAt: null } as const
  rerender(<PlanTerms billing={ended} />)
  expect(container.textContent).toBe('Nothing is charged any more.')
  rerender(<PlanTerms billing={{ ...ended, provider: 'manual', status: 'active' }} />)
  expect(container.textContent).toBe('The operator of this server sets your plan.')
})

test('an EA that the plan has paused is resumed only into a free place', () => {
  const pause: Instance['pause'] = {
    mode: 'hold',
    by: 'plan',
    byPerson: false,
    reason: 'The Bronze plan allows 1 active EA',
    until: null,
  }
  const paused = anInstance({ state: 'paused', desiredState: 'paused', pause })
  const full: Me = alice({ active: { limit: 1, used: 1 } })
  expect(whyNot(canInstance('resume', paused, full))).toMatch(/allows 1 active EAs/)
  const own = anInstance({
    state: 'paused',
    desiredState: 'paused',
    pause: { ...pause, by: 'alice@example.com' },
  })
  expect(canInstance('resume', own, full).can).toBe(true)
  expect(whyNot(canInstance('resume', paused, alice({ active: { limit: 0, used: 0 } })))).toMatch(/has ended/)
})

test('an operator hears whom a change has paused', () => {
  expect(pausedIn({ plan: 'bronze', paused: bronze.pauses })).toBe('Paused: Grid GBPUSD.')
  expect(pausedIn({ plan: 'gold', paused: [] })).toBe('No EA had to be paused.')
})
