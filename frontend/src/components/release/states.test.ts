import { expect, test } from 'vitest'
import type { EaVersion } from '@/api/release-records'
import { sourceFault } from '@/api/release-verbs'
import { decisions, foundWords } from '@/components/release/states'

const version = (changes: Partial<EaVersion>): EaVersion =>
  ({
    isUploaded: true,
    state: 'in_review',
    errors: 0,
    warnings: 0,
    trialProgress: null,
    ...changes,
  }) as EaVersion

test('what may be decided follows the state', () => {
  expect(decisions({ state: 'draft' })).toEqual(['refuse'])
  expect(decisions({ state: 'in_review' })).toEqual(['approve', 'refuse'])
  expect(decisions({ state: 'approved' })).toEqual(['refuse', 'release'])
  expect(decisions({ state: 'released' })).toEqual(['withdraw'])
  expect(decisions({ state: 'refused' })).toEqual([])
  expect(decisions({ state: 'withdrawn' })).toEqual([])
})

test('what was found is said in a few words', () => {
  expect(foundWords(version({ isUploaded: false }))).toBe('Ships with the product')
  expect(foundWords(version({ state: 'draft', trialProgress: 0.404 }))).toBe('Trial 40 %')
  expect(foundWords(version({}))).toBe('Nothing found')
  expect(foundWords(version({ errors: 1, warnings: 2 }))).toBe('1 error, 2 warnings')
})

test('a file that is no source is not sent', () => {
  expect(sourceFault({ name: 'ea.mq5', size: 10 })).toContain('no Python file')
  expect(sourceFault({ name: 'ea.py', size: 0 })).toContain('is empty')
  expect(sourceFault({ name: 'ea.py', size: 70_000 })).toContain('69 kB')
  expect(sourceFault({ name: 'ea.py', size: 9_000 })).toBeUndefined()
})
