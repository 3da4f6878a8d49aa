import { expect, it } from 'vitest'
import { safePlace } from '@/components/next-place'

it.each([
  ['/journal?side=buy', '/journal?side=buy'],
  ['//evil.example', '/'],
  ['/\\evil.example', '/'],
  ['https://evil.example', '/'],
  [null, '/'],
])('the door leads from %s to %s', (next, place) => expect(safePlace(next)).toBe(place))
