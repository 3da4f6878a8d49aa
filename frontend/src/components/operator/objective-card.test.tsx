import { render, screen } from '@testing-library/react'
import { expect, test } from 'vitest'
import type { Objective } from '@/api/operator-records'
import { ObjectiveCard } from '@/components/operator/objective-card'
import { burnText, goodShare, leftText, windowText } from '@/components/operator/objective-words'

const deals: Objective = {
  name: 'deals',
  title: 'Deals are journalled at once',
  promise: '99 % of the batches of deals are in the journal within a second.',
  of: 'batches of deals',
  targetRatio: 0.99,
  state: 'burning',
  total: 10_000,
  bad: 60,
  goodRatio: 0.994,
  goodNowRatio: 0.8,
  leftRatio: 0.4,
  burns: [
    { hours: 1, rate: 20, alarmAt: 14.4 },
    { hours: 6, rate: 5.9, alarmAt: 6 },
    { hours: 24, rate: 0.01, alarmAt: 3 },
    { hours: 72, rate: null, alarmAt: 1 },
  ],
  curve: [
    { at: '2026-03-01T00:00:00Z', leftRatio: 1 },
    { at: '2026-03-02T00:00:00Z', leftRatio: 0.4 },
  ],
  runbook: 'docs/runbooks/slo-deals.md',
}

const show = (changes: Partial<Objective> = {}) =>
  render(<ObjectiveCard objective={{ ...deals, ...changes }} periodDays={28} />)

test('a card says what is promised, what is left and how fast it goes', () => {
  show()
  expect(screen.getByText(deals.promise)).toBeTruthy()
  expect(screen.getByText('Burning')).toBeTruthy()
  const meter = screen.getByRole('meter', { name: `Budget left of 28 days: ${deals.title}` })
  expect(meter.getAttribute('aria-valuenow')).toBe('40')
  expect(screen.getByText('60 bad of 10,000 batches of deals')).toBeTruthy()
  expect(screen.getByText('80.00 %')).toBeTruthy()
  expect(screen.getByText('docs/runbooks/slo-deals.md')).toBeTruthy()
})

test('only a burn beyond its alarm is marked', () => {
  show()
  const rates = ['20.0×', '5.9×', '< 0.1×', '—'].map(text => screen.getByText(text).className)
  expect(rates.map(name => name.includes('text-loss'))).toEqual([true, false, false, false])
})

test('a budget that is overspent has an empty bar and says by how much', () => {
  show({ state: 'spent', leftRatio: -0.5 })
  expect(screen.getByText('50 % over')).toBeTruthy()
  const meter = screen.getByRole('meter')
  expect([meter.getAttribute('aria-valuenow'), meter.getAttribute('aria-valuetext')]).toEqual([
    '0',
    '50 % over',
  ])
})

test('without an event there is no figure that could be taken for one', () => {
  const { container } = show({
    state: 'no data',
    total: 0,
    bad: 0,
    goodRatio: null,
    goodNowRatio: null,
    leftRatio: null,
    curve: [],
  })
  expect(screen.getByText('No data yet')).toBeTruthy()
  expect(screen.getByText('No batches of deals yet: there is nothing to reckon with.')).toBeTruthy()
  expect(screen.queryByRole('meter')).toBeNull()
  expect(container.textContent).not.toContain('100')
})

test('a share is never rounded up to all, nor is what is left', () => {
  expect([goodShare(0.99999), goodShare(1), goodShare(0.9995), goodShare(null)]).toEqual([
    '99.99 %',
    '100.00 %',
    '99.95 %',
    '—',
  ])
  expect([leftText(0.999), leftText(1), leftText(0), leftText(-1.25)]).toEqual([
    '99 %',
    '100 %',
    '0 %',
    '125 % over',
  ])
})

test('windows and burns in short words', () => {
  expect([1, 6, 24, 72].map(windowText)).toEqual(['1 h', '6 h', '1 d', '3 d'])
  expect([burnText(0), burnText(14.44), burnText(0.04)]).toEqual(['0.0×', '14.4×', '< 0.1×'])
})
