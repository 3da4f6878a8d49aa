import type { Rule, RuleAction, Scope } from '@/api/rules'

/** What a scope is called where one is chosen. */
export const SCOPES: Record<Scope, { label: string; every: string; one: string }> = {
  tenant: { label: 'The whole desk', every: 'All of the desk', one: '' },
  group: { label: 'A group', every: 'Group', one: 'Which group' },
  account: { label: 'An account', every: 'Account', one: 'Which account' },
  instance: { label: 'An EA', every: 'EA', one: 'Which EA' },
  host: { label: 'A machine', every: 'Machine', one: 'Which machine' },
}

export const ACTIONS: Record<RuleAction, { label: string; says: string }> = {
  notify: { label: 'tell people', says: 'Always: an incident opens, and the channels tell of it.' },
  pause: { label: 'pause', says: 'Its EAs open nothing more. What is open keeps its stops.' },
  flatten: { label: 'close all', says: 'Its EAs are paused, and every position of the account is closed.' },
}

/** What a rule or a window is about, in words. */
export function scopeWords({ scope, scopeLabel }: Pick<Rule, 'scope' | 'scopeLabel'>): string {
  const { every } = SCOPES[scope]
  return scope === 'tenant' ? every : `${every} ${scopeLabel || 'that is gone'}`
}

/** What happens, as `tell people and pause`. Closing pauses too. */
export function actionWords(actions: readonly RuleAction[]): string {
  const told = actions.filter(action => action !== 'pause' || !actions.includes('flatten'))
  return told.map(action => ACTIONS[action].label).join(' and ')
}
