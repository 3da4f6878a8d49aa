import { expect, it } from 'vitest'
import { incidentsFile, isNarrowed, readIncidentFilters } from '@/components/alerts/incident-filters'

const NOW = Date.parse('2026-07-04T10:20:30Z')
const read = (search: string) => readIncidentFilters(new URLSearchParams(search), NOW)
const ID = '0198c0de-0000-7000-8000-000000000001'

it.each([
  ['', { state: 'current' }],
  ['state=all', {}],
  ['state=resolved&severity=critical', { state: 'resolved', severity: 'critical' }],
  ['state=never&severity=grave', { state: 'current' }],
  [`kind=loss&q=alpha&account=${ID}`, { state: 'current', kind: 'loss', q: 'alpha', account: ID }],
  ['account=mine', { state: 'current' }],
  ['span=day', { state: 'current', from: '2026-07-03T10:00:00.000Z' }],
  ['span=week', { state: 'current', from: '2026-06-27T10:00:00.000Z' }],
])('of ?%s the list asks for %o', (search, filters) => {
  expect(read(search)).toEqual(filters)
})

it('knows when something is left out', () => {
  expect(isNarrowed(read(''))).toBe(false)
  expect(isNarrowed(read('state=all'))).toBe(false)
  expect(isNarrowed(read('state=open'))).toBe(true)
  expect(isNarrowed(read('q=a'))).toBe(true)
})

it('takes the same along as a file', () => {
  expect(incidentsFile(read('q=a%26b'))).toBe('/api/alerts/incidents/export.csv?state=current&q=a%26b')
})
