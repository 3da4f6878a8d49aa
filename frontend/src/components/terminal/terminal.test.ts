import { describe, expect, it } from 'vitest'
import { canTerminal } from '@/api/can'
import {
  identityTrouble,
  limitWords,
  pairingStep,
  terminalLook,
  terminalName,
} from '@/components/terminal/words'
import { alice, aTerminal } from '@/test-cast'

const NOW = Date.parse('2026-07-04T10:00:05Z')
const at = (text: string) => Date.parse(text)

describe('a terminal', () => {
  it.each([
    [{ revokedAt: '2026-07-04T09:00:00Z' }, 'Revoked'],
    [{ enrolledAt: null, heartbeatAt: null }, 'Not paired yet'],
    [{ heartbeatAt: null }, 'Paired'],
    [{}, 'Fresh'],
    [{ heartbeatAt: '2026-07-04T09:59:20Z', telemetry: 'stale' as const }, 'Late'],
    [{ hosted: true, enrolledAt: null, heartbeatAt: null }, 'No data'],
  ])('%o is shown as %s', (changes, label) => {
    expect(terminalLook(aTerminal(changes), NOW).label).toBe(label)
  })

  it('that beats slowly by its own setting is as fresh as the hub says', () => {
    const slow = aTerminal({ heartbeatAt: '2026-07-04T09:59:20Z', telemetry: 'fresh' })
    expect(terminalLook(slow, NOW).label).toBe('Fresh')
  })

  it('has a name, whatever it lacks', () => {
    expect(terminalName(aTerminal())).toBe('VPS London')
    expect(terminalName(aTerminal({ label: '', instanceName: 'Trend' }))).toBe('Trend')
    expect(terminalName(aTerminal({ label: '' }))).toBe('MT5 terminal')
  })

  it('that is paired must be revoked before it can be removed', () => {
    expect(canTerminal('remove', aTerminal(), alice()).can).toBe(false)
    expect(canTerminal('remove', aTerminal({ revokedAt: '2026-07-04T09:00:00Z' }), alice()).can).toBe(true)
    expect(canTerminal('remove', aTerminal({ enrolledAt: null }), alice()).can).toBe(true)
    expect(canTerminal('revoke', aTerminal(), alice({ role: 'viewer', rights: ['self', 'read'] })).can).toBe(
      false,
    )
  })
})

describe('pairing', () => {
  const since = at('2026-07-04T10:00:00Z')

  it('goes from waiting over enrolled to connected', () => {
    const enrolledAt = '2026-07-04T10:01:00Z'
    expect(pairingStep(undefined, since)).toBe('waiting')
    expect(pairingStep(aTerminal({ enrolledAt: null, heartbeatAt: null }), since)).toBe('waiting')
    expect(pairingStep(aTerminal({ enrolledAt, heartbeatAt: null }), since)).toBe('enrolled')
    expect(pairingStep(aTerminal({ enrolledAt, heartbeatAt: '2026-07-04T10:01:02Z' }), since)).toBe(
      'connected',
    )
  })

  it('takes nothing from before its code for a sign of life', () => {
    const old = aTerminal({ enrolledAt: '2026-07-01T10:00:00Z', heartbeatAt: '2026-07-04T09:59:00Z' })
    expect(pairingStep(old, since)).toBe('waiting')
  })
})

it('troubles are told apart and counted in words', () => {
  const limit = { kind: 'limit.heartbeat', count: 2, detail: '', lastAt: '2026-07-04T10:00:00Z' }
  const identity = { ...limit, kind: 'identity' }
  expect(identityTrouble(aTerminal({ troubles: [limit, identity] }))).toBe(identity)
  expect(limitWords(limit)).toBe('Heartbeats came too often and were turned away twice.')
  expect(limitWords({ ...limit, kind: 'limit.new', count: 1200 })).toBe(
    'new came too often and were turned away 1,200 times.',
  )
})
