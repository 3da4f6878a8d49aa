import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { expect, it } from 'vitest'
import { fleetWindow } from '@/api/queries'
import type { FleetWindow } from '@/api/records'
import { anInstance } from '@/test-cast'

it('keeps the rows that say nothing new, whatever their age in seconds', async () => {
  const answers = [1, 2].map(age => ({
    items: [
      anInstance({ heartbeatAgeS: age }),
      anInstance({ id: 'i2', heartbeatAt: `2026-07-04T10:00:0${age}Z`, heartbeatAgeS: age }),
    ],
    offset: 0,
    total: 2,
    existing: 2,
  }))
  const cache = new QueryClient()
  const wish = { ...fleetWindow({ sort: 'state' }, 0), queryFn: async () => answers.shift() as FleetWindow }
  const observer = new QueryObserver(cache, wish)
  const first = (await observer.refetch()).data
  const second = (await observer.refetch()).data
  expect(second?.items[0]).toBe(first?.items[0])
  expect(second?.items[1]).toMatchObject({ heartbeatAt: '2026-07-04T10:00:02Z', heartbeatAgeS: 2 })
})
