import { describe, expect, it } from 'vitest'
import type { Machine, MachineTerminal } from '@/api/machines'
import {
  chosenMachines,
  connectedOf,
  diskShare,
  errorsOf,
  latencyOf,
  readChoice,
  sortAfter,
  stateAt,
} from '@/components/machine/machines'
import { latency, skew } from '@/components/machine/words'

const NOW = Date.parse('2026-07-04T10:00:00Z')
const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString()

const aSeen = (changes: Partial<MachineTerminal> = {}): MachineTerminal => ({
  terminalId: 't1',
  accountId: 'a1',
  accountLabel: 'Challenge',
  login: 7_700_123,
  server: 'Broker-Live',
  path: '',
  processState: 'running',
  isConnected: true,
  isAlgoTrading: true,
  lastTickAt: null,
  latencyMs: 12,
  logErrors: 0,
  lastLogError: '',
  experts: [],
  restarts: 0,
  observedAt: ago(5),
  ...changes,
})

const aMachine = (changes: Partial<Machine> = {}): Machine => ({
  id: 'm1',
  label: 'London',
  name: 'vps-1',
  system: 'Windows 2022',
  version: '1',
  state: 'online',
  heartbeatAt: ago(5),
  cpuPercent: 20,
  memoryMb: 8000,
  memoryUsedMb: 4000,
  diskMb: 100,
  diskFreeMb: 25,
  clockSkewMs: 3,
  startedAt: null,
  terminals: [aSeen()],
  ...changes,
})

const choose = (rows: Machine[], query: string) =>
  chosenMachines(rows, readChoice(new URLSearchParams(query)), NOW).map(row => row.label)

describe('a machine', () => {
  it.each([
    [5, 'online'],
    [46, 'late'],
    [121, 'offline'],
  ])('that was silent for %i s is %s, without a word of the hub', (seconds, state) => {
    expect(stateAt(aMachine({ heartbeatAt: ago(seconds) }), NOW)).toBe(state)
  })

  it('that is revoked stays so, however lately it was heard', () => {
    expect(stateAt(aMachine({ state: 'revoked' }), NOW)).toBe('revoked')
  })

  it('is summed over its terminals', () => {
    const row = aMachine({
      terminals: [
        aSeen({ latencyMs: 80, logErrors: 2 }),
        aSeen({ isConnected: false, latencyMs: null, logErrors: 1 }),
      ],
    })
    expect([connectedOf(row), latencyOf(row), errorsOf(row), diskShare(row)]).toEqual([1, 80, 3, 0.75])
  })

  it('of which nothing is known has no share of anything', () => {
    expect(diskShare(aMachine({ diskFreeMb: null }))).toBeNull()
    expect(latencyOf(aMachine({ terminals: [] }))).toBeNull()
  })
})

describe('the list of machines', () => {
  const rows = [
    aMachine({ label: 'B', cpuPercent: 90, terminals: [aSeen({ accountLabel: 'Gold desk' })] }),
    aMachine({ label: 'A', cpuPercent: 10, heartbeatAt: null }),
    aMachine({ label: 'C', cpuPercent: null }),
  ]

  it('is by name, or as the URL says', () => {
    expect(choose(rows, '')).toEqual(['A', 'B', 'C'])
    expect(choose(rows, 'sort=-cpu')).toEqual(['B', 'A', 'C'])
    expect(choose(rows, 'sort=nonsense')).toEqual(['A', 'B', 'C'])
    expect(choose(rows, 'sort=toString')).toEqual(['A', 'B', 'C'])
  })

  it('is searched by machine and by account, and by state', () => {
    expect(choose(rows, 'q=gold+vps')).toEqual(['B'])
    expect(choose(rows, 'state=offline')).toEqual(['A'])
  })

  it('turns round what is sorted already', () => {
    expect(sortAfter(readChoice(new URLSearchParams('sort=-cpu')), 'cpu')).toBe('cpu')
    expect(sortAfter(readChoice(new URLSearchParams('')), 'cpu')).toBe('-cpu')
  })
})

describe('words', () => {
  it('say a clock’s error with its sign', () => {
    expect([skew(null), skew(0), skew(12), skew(-3400)]).toEqual(['—', '0 ms', '+12 ms', '−3.4 s'])
  })

  it('say a latency as exactly as it matters', () => {
    expect([latency(null), latency(0.42), latency(83.6)]).toEqual(['—', '0.4 ms', '84 ms'])
  })
})
