import { QueryClient } from '@tanstack/react-query'
import { beforeEach, describe, expect, it } from 'vitest'
import { nextWordOf } from '@/api/command-news'
import { applyMessages, withCandle, withPoint } from '@/api/live-cache'
import type { Heartbeat, LiveMessage } from '@/api/live-messages'
import type {
  Account,
  Candle,
  EquityPoint,
  FleetWindow,
  Instance,
  InstanceDetail,
  Overview,
} from '@/api/records'
import { anAccount, anInstance, anInstanceDetail, anOverview } from '@/test-cast'

const beat = (changes: Partial<Heartbeat> = {}): Heartbeat => ({
  type: 'heartbeat',
  accountId: 'a1',
  instanceId: 'i1',
  at: '2026-07-04T10:00:05Z',
  balance: 10_000,
  equity: 10_025.5,
  margin: 20,
  freeMargin: 10_005.5,
  profit: 25.5,
  openPositions: 2,
  status: 'running',
  ...changes,
})

const bar = (time: number, close = 1.1): Candle => ({ time, open: 1.1, high: 1.2, low: 1, close })

let cache: QueryClient

const applyMessage = (to: QueryClient, message: LiveMessage) => applyMessages(to, [message])

beforeEach(() => {
  cache = new QueryClient()
  cache.setQueryData(['accounts'], [anAccount(), anAccount({ id: 'a2' })])
  cache.setQueryData(['accounts', 'a1'], anAccount())
  cache.setQueryData(['instances'], [anInstance(), anInstance({ id: 'i2', accountId: 'a2' })])
  cache.setQueryData(['instances', 'i1'], anInstanceDetail())
  cache.setQueryData(['overview'], [anOverview({ equity: 20_020, dayProfit: 20, openPositions: 2 })])
})

describe('a heartbeat', () => {
  it('moves the account, its instance and the total, and nothing else', () => {
    expect(applyMessage(cache, beat())).toEqual([])
    const [own, other] = cache.getQueryData<Account[]>(['accounts']) ?? []
    expect(own).toMatchObject({ equity: 10_025.5, dayProfit: 25.5, openPositions: 2, margin: 20 })
    expect(other).toEqual(anAccount({ id: 'a2' }))
    expect(cache.getQueryData<Account>(['accounts', 'a1'])?.equity).toBe(10_025.5)
    const [first, second] = cache.getQueryData<Instance[]>(['instances']) ?? []
    expect(first).toMatchObject({ equity: 10_025.5, heartbeatAt: '2026-07-04T10:00:05Z' })
    expect(second).toEqual(anInstance({ id: 'i2', accountId: 'a2' }))
    expect(cache.getQueryData<InstanceDetail>(['instances', 'i1'])?.equity).toBe(10_025.5)
    const [total] = cache.getQueryData<Overview[]>(['overview']) ?? []
    expect(total).toMatchObject({ equity: 20_035.5, dayProfit: 35.5, openPositions: 3 })
  })

  it('that does not say how many positions are open leaves their number alone', () => {
    applyMessage(cache, beat({ openPositions: null }))
    expect(cache.getQueryData<Account[]>(['accounts'])?.[0]?.openPositions).toBe(anAccount().openPositions)
    expect(cache.getQueryData<Overview[]>(['overview'])?.[0]?.openPositions).toBe(2)
  })

  it('that came late changes nothing', () => {
    applyMessage(cache, beat({ at: '2026-07-04T09:59:00Z', equity: 1 }))
    expect(cache.getQueryData<Account[]>(['accounts'])?.[0]).toEqual(anAccount())
    expect(cache.getQueryData<Overview[]>(['overview'])?.[0]?.equity).toBe(20_020)
    expect(cache.getQueryData<Instance[]>(['instances'])?.[0]?.heartbeatAt).toBe('2026-07-04T10:00:00Z')
  })

  it('of several terminals in one frame count each, and of one the newest', () => {
    applyMessages(cache, [
      beat({ at: '2026-07-04T10:00:09Z', equity: 10_030 }),
      beat({ accountId: 'a2', instanceId: 'i2', equity: 10_011 }),
      beat({ at: '2026-07-04T10:00:07Z', equity: 1 }),
    ])
    expect(cache.getQueryData<Account[]>(['accounts'])?.map(row => row.equity)).toEqual([10_030, 10_011])
    expect(cache.getQueryData<Instance[]>(['instances'])?.map(row => row.equity)).toEqual([10_030, 10_011])
  })

  it('moves the rows in sight that it is about, and leaves the others as they are', () => {
    const own = anInstance()
    const other = anInstance({ id: 'i2', accountId: 'a2' })
    const key = ['fleet', { sort: 'state' }, 0]
    cache.setQueryData(key, { items: [own, other], offset: 0, total: 5000, existing: 5000 })
    applyMessage(cache, beat())
    const seen = cache.getQueryData<FleetWindow>(key)
    expect(seen?.items[0]).toMatchObject({ equity: 10_025.5, heartbeatAt: '2026-07-04T10:00:05Z' })
    expect(seen?.items[1]).toBe(other)
    applyMessage(cache, beat({ accountId: 'a9', instanceId: 'i9' }))
    expect(cache.getQueryData<FleetWindow>(key)).toBe(seen)
  })

  it('of one EA is no sign of life of another on the same account', () => {
    cache.setQueryData(['instances'], [anInstance(), anInstance({ id: 'i3' })])
    applyMessage(cache, beat())
    const third = cache.getQueryData<Instance[]>(['instances'])?.[1]
    expect(third).toMatchObject({ equity: 10_025.5, heartbeatAt: '2026-07-04T10:00:00Z' })
  })

  it('continues the curves of its account and of the EAs on it', () => {
    const points: EquityPoint[] = [{ at: '2026-07-04T09:00:00Z', balance: 1, equity: 1 }]
    cache.setQueryData(['accounts', 'a1', 'equity', 24], points)
    cache.setQueryData(['instances', 'i1', 'equity', 24], points)
    cache.setQueryData(['accounts', 'a2', 'equity', 24], points)
    applyMessage(cache, beat())
    expect(cache.getQueryData<EquityPoint[]>(['accounts', 'a1', 'equity', 24])).toHaveLength(2)
    expect(cache.getQueryData<EquityPoint[]>(['instances', 'i1', 'equity', 24])).toHaveLength(2)
    expect(cache.getQueryData<EquityPoint[]>(['accounts', 'a2', 'equity', 24])).toHaveLength(1)
  })
})

describe('a candle', () => {
  const message = { type: 'candle', server: 'metafleet-Paper', symbol: 'EURUSD', ...bar(60, 1.15) } as const

  it('is drawn where its symbol and server are shown', () => {
    cache.setQueryData(['instances', 'i1', 'candles'], [bar(0), bar(60)])
    expect(applyMessage(cache, message)).toEqual([])
    expect(cache.getQueryData<Candle[]>(['instances', 'i1', 'candles'])).toEqual([bar(0), bar(60, 1.15)])
  })

  it('of another server is left alone', () => {
    cache.setQueryData(['instances', 'i1', 'candles'], [bar(60)])
    applyMessage(cache, { ...message, server: 'Elsewhere' })
    expect(cache.getQueryData<Candle[]>(['instances', 'i1', 'candles'])).toEqual([bar(60)])
  })

  it('takes its place in time', () => {
    const known = [bar(0), bar(120)]
    expect(withCandle(known, bar(180)).map(row => row.time)).toEqual([0, 120, 180])
    expect(withCandle(known, bar(60)).map(row => row.time)).toEqual([0, 60, 120])
    expect(withCandle(known, bar(-60))).toBe(known)
    expect(withCandle([], bar(60))).toEqual([bar(60)])
  })
})

describe('an equity point', () => {
  const at = (minute: number, second = 0) => ({
    at: new Date(Date.UTC(2026, 6, 4, 10, minute, second)).toISOString(),
    balance: 1,
    equity: minute,
  })

  it('moves the newest on until it stands as far as the others do', () => {
    const curve = [at(0), at(5), at(10), at(11)]
    expect(withPoint(curve, at(12))).toEqual([at(0), at(5), at(10), at(12)])
    expect(withPoint(curve, at(16))).toEqual([...curve, at(16)])
    expect(withPoint(curve, at(11))).toBe(curve)
  })
})

describe('news', () => {
  const keys = (message: Parameters<typeof applyMessage>[1]) =>
    applyMessage(cache, message).map(item => item.queryKey.join('/'))

  it('of a reconnect asks for everything again', () => {
    expect(applyMessage(cache, { type: 'hello', at: '2026-07-04T10:00:00Z' })).toEqual([
      { queryKey: [], exact: false },
    ])
  })

  it('of an instance asks for it, the lists and the allowances', () => {
    expect(keys({ type: 'instance', id: 'i1', accountId: 'a1' })).toEqual(
      expect.arrayContaining([
        'instances',
        'instances/i1',
        'fleet',
        'overview',
        'session',
        'instances/i1/commands',
      ]),
    )
  })

  it('of a signal asks for the signals alone', () => {
    expect(keys({ type: 'signal', id: 's1' })).toEqual(['signals'])
  })

  it('of a machine asks for the list and for that machine alone', () => {
    expect(keys({ type: 'machine', id: 'm1' })).toEqual(['machines', 'machines/m1'])
  })

  it('of a command asks for the lists that show it, and wakes who follows it', async () => {
    const heard = nextWordOf('c1', 60_000)
    const asked = keys({ type: 'command', id: 'c1', accountId: 'a1', state: 'done' })
    expect(asked).toEqual(expect.arrayContaining(['commands', 'instances/i1/commands']))
    expect(asked).not.toContain('instances/i2/commands')
    await heard
  })

  it('of trades asks for the journal and for the EAs of that account only', () => {
    const asked = keys({ type: 'trades', accountId: 'a1', count: 1 })
    expect(asked).toEqual(expect.arrayContaining(['fleet', 'trades', 'journal', 'instances/i1/trades']))
    expect(asked).not.toContain('instances/i2/trades')
  })
})
