import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { MemoryRouter, useLocation } from 'react-router'
import { expect, test } from 'vitest'
import { type RunChoice, runsOf } from '@/api/history-queries'
import type { Run } from '@/api/records'
import { RunsTab } from '@/components/instance/runs-tab'
import { anInstanceDetail } from '@/test-cast'
import { TooltipProvider } from '@/ui/tooltip'

const REASON = 'expert: on_start: ValueError: no session opens at 24:00'

const crashed: Run = {
  id: 'r2',
  generation: 2,
  state: 'ended',
  version: '1.0.0',
  driver: 'process',
  host: 'berlin-1',
  startedAt: '2026-03-02T12:00:00Z',
  firstHeartbeatAt: '2026-03-02T12:00:01Z',
  endedAt: '2026-03-02T12:00:02Z',
  endReason: REASON,
  isCrash: true,
  hasReceipt: false,
  cpuPercent: 11.2,
  memoryMb: 28,
}

function Address() {
  return <output>{useLocation().search}</output>
}

/** Show the tab at this address; the server has answered these choices. */
function show(search: string, ...answered: RunChoice[]) {
  const cache = new QueryClient({ defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY } } })
  for (const choice of answered) {
    const page = { items: [crashed], total: 41, page: choice.page ?? 1, pageSize: 20 }
    cache.setQueryData(runsOf('i1', { ...choice, pageSize: 20 }).queryKey, page)
  }
  const instance = anInstanceDetail({ id: 'i1', runs: [crashed] })
  render(
    <QueryClientProvider client={cache}>
      <TooltipProvider>
        <MemoryRouter initialEntries={[`/instances/i1${search}`]}>
          <RunsTab instance={instance} />
          <Address />
        </MemoryRouter>
      </TooltipProvider>
    </QueryClientProvider>,
  )
}

test('a run says how it ended and why, in the table and on a phone', () => {
  show('', { sort: '-generation', page: 1 })
  expect(within(screen.getByRole('table', { name: 'Runs' })).getByText(REASON)).toBeTruthy()
  expect(within(screen.getByRole('list')).getByText(REASON)).toBeTruthy()
  expect(screen.getByText('1–20 of 41')).toBeTruthy()
})

test('page, order and choice are asked of the server by the address', async () => {
  show(
    '?runs-state=crashed&runs-page=2',
    { state: 'crashed', sort: '-generation', page: 2 },
    { state: 'crashed', sort: '-lived', page: 1 },
  )
  expect(screen.getByText('21–40 of 41')).toBeTruthy()
  await userEvent.click(screen.getByRole('button', { name: 'Lived' }))
  expect(screen.getByRole('status').textContent).toBe('?runs-state=crashed&runs-sort=-lived')
  expect(screen.getByText('1–20 of 41')).toBeTruthy()
})
