import { expect, test } from 'vitest'
import { orderOf, readChoice, sortBy } from '@/components/list-choice'

const KNOWN = { states: ['living', 'ended'], sorts: ['-generation', 'lived'] } as const
const read = (search: string) => readChoice(new URLSearchParams(search), 'runs', KNOWN)

test('a list is as the address says, and the newest first where it says nothing', () => {
  expect(read('')).toEqual({ sort: '-generation', page: 1 })
  expect(read('runs-state=ended&runs-sort=lived&runs-page=3&page=9')).toEqual({
    state: 'ended',
    sort: 'lived',
    page: 3,
  })
  expect(read('runs-state=odd&runs-sort=odd&runs-page=-2')).toEqual({ sort: '-generation', page: 1 })
})

test('a head sorts by the largest first, turns round, and goes back to the first page', () => {
  expect(sortBy('runs', '-generation', 'lived')).toEqual({ 'runs-sort': '-lived', 'runs-page': null })
  expect(sortBy('runs', '-lived', 'lived')).toEqual({ 'runs-sort': 'lived', 'runs-page': null })
  expect(orderOf('-lived', 'lived')).toBe('descending')
  expect(orderOf('lived', 'lived')).toBe('ascending')
  expect(orderOf('-generation', 'lived')).toBeUndefined()
})
