import { describe, expect, it } from 'vitest'
import { truthsOf } from '@/components/account/truths'
import { anAccount } from '@/test-cast'

const NOW = Date.parse('2026-07-04T10:00:05Z')
const words = (changes: Parameters<typeof anAccount>[0]) =>
  truthsOf(anAccount(changes), NOW).map(truth => truth.phrase)

describe('the three truths of an account', () => {
  it('stand apart: each may be bad while the others are well', () => {
    expect(words({})).toEqual(['Trading allowed', 'Data fresh', 'Broker linked'])
    expect(words({ trading: { state: 'forbidden', since: null } })[0]).toBe('Trading forbidden')
    expect(words({ heartbeatAt: '2026-07-04T09:50:00Z' })).toEqual([
      'Trading allowed',
      'Data stale',
      'Broker linked',
    ])
    expect(words({ brokerLink: { state: 'lost', at: null } })).toEqual([
      'Trading allowed',
      'Data fresh',
      'Broker lost',
    ])
  })

  it('say what to do exactly where something is not well', () => {
    for (const truth of truthsOf(anAccount(), NOW)) expect(truth.todo).toBeNull()
    const bad = anAccount({
      trading: { state: 'forbidden', since: null },
      brokerLink: { state: 'lost', at: null },
      heartbeatAt: '2026-07-04T09:00:00Z',
    })
    for (const truth of truthsOf(bad, NOW)) expect(truth.todo).toBeTruthy()
  })

  it('expect no heartbeat where nothing is deployed, and one of every own terminal', () => {
    const old = { heartbeatAt: '2026-07-04T09:00:00Z', instanceCount: 0, telemetry: 'stale' as const }
    expect(words(old)[1]).toBe('No data')
    expect(words({ ...old, ownTerminal: true })[1]).toBe('Data stale')
  })

  it('send nobody to pair a terminal that is paired and silent', () => {
    const unknown = { trading: { state: 'unknown' as const, since: null }, ownTerminal: true }
    expect(truthsOf(anAccount(unknown), NOW)[0]?.todo).toMatch(/telemetry first/)
    expect(truthsOf(anAccount({ ...unknown, heartbeatAt: null }), NOW)[0]?.todo).toMatch(/Pair your terminal/)
  })
})
