import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { MemoryRouter } from 'react-router'
import { expect, test, vi } from 'vitest'
import type { Incident } from '@/api/incidents'
import { IncidentList } from '@/components/alerts/incident-list'
import { anAccount, anIncident } from '@/test-cast'

const OPENED = Date.parse('2026-07-04T10:00:00Z')

function show(rows: Incident[], lastLook = 0) {
  const cache = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY } } })
  cache.setQueryData(['accounts'], [anAccount({ currency: 'EUR' })])
  const onChoose = vi.fn()
  render(
    <QueryClientProvider client={cache}>
      <MemoryRouter>
        <IncidentList
          rows={rows}
          chosen={new Set()}
          onChoose={onChoose}
          cursor={rows[0]?.id ?? null}
          lastLook={lastLook}
        />
      </MemoryRouter>
    </QueryClientProvider>,
  )
  return onChoose
}

const only = () => within(screen.getByRole('listitem'))

test('an incident says what it is about, what was done, and how far beyond it is', () => {
  show([anIncident({ detail: { value: 1040, limit: 1000, unit: 'money' } })])
  expect(only().getByRole('link', { name: 'Paper' }).getAttribute('href')).toBe('/accounts/a1')
  expect(only().getByText('Paused 2 EAs.')).toBeTruthy()
  expect(only().getByText('€1,040.00')).toBeTruthy()
  expect(only().getByRole('meter').getAttribute('aria-valuetext')).toBe('104 %')
})

test('what nothing was done about shows its newest line', () => {
  show([anIncident({ done: null, said: 'Silent for 200 s.', detail: {} })])
  expect(only().getByText('Silent for 200 s.')).toBeTruthy()
  expect(only().queryByRole('meter')).toBeNull()
})

test.each([
  [OPENED - 1, {}, true],
  [OPENED + 1, {}, false],
  [OPENED - 1, { state: 'acknowledged' } as const, false],
])('only what opened since the last look and nobody has is new', (lastLook, changes, isNew) => {
  show([anIncident(changes)], lastLook)
  expect(only().queryByText('New.') !== null).toBe(isNew)
})

test('how it stands is said in badges', () => {
  show([
    anIncident({
      state: 'acknowledged',
      acknowledgedBy: 'bob@example.com',
      isMuted: true,
      snoozedUntil: '2199-01-01T00:00:00Z',
    }),
  ])
  for (const words of ['Acknowledged', 'Muted']) expect(only().getByText(words)).toBeTruthy()
  expect(only().getByText(/^Quiet until/)).toBeTruthy()
  expect(only().getByText(/bob@example.com has it/)).toBeTruthy()
})

test('a box chooses it', async () => {
  const onChoose = show([anIncident()])
  await userEvent.click(screen.getByRole('checkbox', { name: 'Choose: Down 1,040 USD today' }))
  expect(onChoose).toHaveBeenCalledWith('n1', true)
})
