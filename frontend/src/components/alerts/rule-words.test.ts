import { expect, it } from 'vitest'
import { actionWords, scopeWords } from '@/components/alerts/rule-words'

it.each([
  [['notify'], 'tell people'],
  [['notify', 'pause'], 'tell people and pause'],
  [['notify', 'pause', 'flatten'], 'tell people and close all'],
] as const)('%o is said as %s', (actions, words) => {
  expect(actionWords(actions)).toBe(words)
})

it('says what a rule is about', () => {
  expect(scopeWords({ scope: 'tenant', scopeLabel: '' })).toBe('All of the desk')
  expect(scopeWords({ scope: 'group', scopeLabel: 'Wave 7' })).toBe('Group Wave 7')
  expect(scopeWords({ scope: 'host', scopeLabel: '' })).toBe('Machine that is gone')
})
