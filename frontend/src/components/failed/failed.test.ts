import { expect, it } from 'vitest'
import { nextWords, pretty } from '@/components/failed/words'

const NOW = Date.parse('2026-07-04T10:00:00Z')

it('a raw item is indented where it is JSON, and shown as it came where it is not', () => {
  expect(pretty('{"ticket":5}')).toBe('{\n  "ticket": 5\n}')
  expect(pretty('{"ticket":')).toBe('{"ticket":')
})

it('an item says whether it is tried again by itself', () => {
  const soon = '2026-07-04T10:04:00Z'
  expect(nextWords({ isOurs: true, attempt: 1, dueAt: soon }, NOW)).toBe(
    'Tried again by itself in 4 min, try 2 of 3',
  )
  expect(nextWords({ isOurs: true, attempt: 3, dueAt: null }, NOW)).toMatch(/by hand/)
  expect(nextWords({ isOurs: false, attempt: 0, dueAt: null }, NOW)).toBe('Waits for you')
})
