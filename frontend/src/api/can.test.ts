import { describe, expect, it } from 'vitest'
import { canAccount, canInstance, canTenant, type InstanceVerb, whyNot } from '@/api/can'
import type { Instance } from '@/api/records'
import { alice, anAccount, anInstance, aTemplate } from '@/test-cast'

type Case = [verb: InstanceVerb, state: Instance['state'], desired: Instance['desiredState'], can: boolean]

const CASES: Case[] = [
  ['pause', 'running', 'running', true],
  ['pause', 'deploying', 'running', true],
  ['pause', 'paused', 'paused', true],
  ['pause', 'stopped', 'stopped', false],
  ['resume', 'paused', 'paused', true],
  ['resume', 'running', 'running', false],
  ['resume', 'deploying', 'running', false],
  ['resume', 'error', 'running', true],
  ['resume', 'stopping', 'stopped', false],
  ['resume', 'stopped', 'stopped', true],
  ['stop', 'running', 'running', true],
  ['stop', 'error', 'running', true],
  ['stop', 'stopping', 'stopped', false],
  ['stop', 'stopped', 'stopped', false],
  ['configure', 'running', 'running', true],
  ['configure', 'stopped', 'stopped', true],
  ['configure', 'stopping', 'stopped', false],
  ['remove', 'stopped', 'stopped', true],
  ['remove', 'running', 'running', false],
]

describe('what may be done', () => {
  it.each(CASES)('%s while %s and wanted %s: %s', (verb, state, desiredState, can) => {
    expect(canInstance(verb, anInstance({ state, desiredState }), alice()).can).toBe(can)
  })

  it('starts a stopped EA only where the plan has a place for it', () => {
    const stopped = anInstance({ state: 'stopped', desiredState: 'stopped' })
    const full = alice({ active: { limit: 3, used: 3 } })
    expect(whyNot(canInstance('resume', stopped, full))).toBe(
      'Gold allows 3 active EAs at once. Stop one first.',
    )
  })

  it('lets a viewer look and never act', () => {
    const bob = alice({ role: 'viewer', rights: ['self', 'read'] })
    expect(canInstance('pause', anInstance(), bob).can).toBe(false)
    expect(canTenant('connectAccount', null, bob).can).toBe(false)
    expect(canAccount('rename', { account: anAccount(), instances: [] }, bob).can).toBe(false)
  })

  it('names the EAs that keep an account from being removed', () => {
    const subject = { account: anAccount(), instances: [anInstance()] }
    expect(whyNot(canAccount('remove', subject, alice()))).toBe(
      'An EA still trades on it: stop Trend EURUSD first.',
    )
    const stopped = [anInstance({ desiredState: 'stopped' }), anInstance({ accountId: 'another' })]
    expect(canAccount('remove', { ...subject, instances: stopped }, alice()).can).toBe(true)
  })

  it('deploys only what the plan reaches, and only where it has places', () => {
    const locked = aTemplate({ allowed: false, requiredPlan: 'platinum' })
    expect(whyNot(canTenant('deploy', locked, alice()))).toBe('Needs the Platinum plan; you are on Gold.')
    const full = alice({ instances: { limit: 7, used: 7 } })
    expect(whyNot(canTenant('deploy', aTemplate(), full))).toContain('7 EA instances')
    expect(canTenant('deploy', aTemplate(), alice()).can).toBe(true)
  })
})
