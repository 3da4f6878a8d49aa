import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { decode, type LiveMessage } from '@/api/live-messages'
import { LiveSocket, type LiveState, SILENCE_MS, waitMs } from '@/api/live-socket'

class FakeSocket {
  static all: FakeSocket[] = []
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null
  isClosed = false
  readonly url: string

  constructor(url: string) {
    this.url = url
    FakeSocket.all.push(this)
  }

  close(): void {
    this.isClosed = true
  }

  say(message: LiveMessage): void {
    this.onmessage?.({ data: JSON.stringify(message) })
  }
}

let states: LiveState[]
let signedOut: number
let socket: LiveSocket
const newest = () => FakeSocket.all.at(-1) as FakeSocket

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('WebSocket', FakeSocket)
  FakeSocket.all = []
  states = []
  signedOut = 0
  socket = new LiveSocket({
    url: 'ws://here/live',
    onMessages: () => undefined,
    onState: state => states.push(state),
    onSignedOut: () => {
      signedOut += 1
    },
  })
})

afterEach(() => {
  socket.close()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

describe('the live socket', () => {
  it('is live from the hello on, not from the connection', () => {
    expect(states).toEqual(['connecting'])
    newest().say({ type: 'hello', at: '2026-07-04T10:00:00Z' })
    expect(states).toEqual(['connecting', 'live'])
  })

  it('comes back after a loss', () => {
    newest().say({ type: 'hello', at: '2026-07-04T10:00:00Z' })
    newest().onclose?.({ code: 1006 })
    expect(states.at(-1)).toBe('reconnecting')
    vi.advanceTimersByTime(1000)
    expect(FakeSocket.all).toHaveLength(2)
    newest().say({ type: 'hello', at: '2026-07-04T10:00:00Z' })
    expect(states.at(-1)).toBe('live')
  })

  it('takes a long silence for a loss', () => {
    newest().say({ type: 'hello', at: '2026-07-04T10:00:00Z' })
    vi.advanceTimersByTime(SILENCE_MS - 1)
    newest().say({ type: 'ping' })
    vi.advanceTimersByTime(SILENCE_MS - 1)
    expect(states.at(-1)).toBe('live')
    vi.advanceTimersByTime(1)
    expect(states.at(-1)).toBe('reconnecting')
    expect(FakeSocket.all[0]?.isClosed).toBe(true)
  })

  it('does not knock again once it is signed out', () => {
    newest().onclose?.({ code: 4401 })
    vi.advanceTimersByTime(120_000)
    expect(signedOut).toBe(1)
    expect(FakeSocket.all).toHaveLength(1)
  })

  it('stays closed when it is closed', () => {
    socket.close()
    newest().onclose?.({ code: 1000 })
    vi.advanceTimersByTime(120_000)
    expect(FakeSocket.all).toHaveLength(1)
  })

  it('waits longer each time, never more than 15 s', () => {
    expect([0, 1, 2, 10].map(tries => waitMs(tries, 1))).toEqual([500, 1000, 2000, 15_000])
    expect(waitMs(2, 0)).toBe(1000)
  })
})

describe('decode', () => {
  it('passes over what it does not know', () => {
    expect([decode('{"type":"novel"}'), decode('nonsense'), decode('null'), decode(1)]).toEqual([
      [],
      [],
      [],
      [],
    ])
    expect(decode('[{"type":"novel"},{"type":"ping"},null,7]')).toEqual([{ type: 'ping' }])
  })

  it('takes one message or several', () => {
    expect(decode('{"type":"ping"}')).toEqual([{ type: 'ping' }])
    expect(decode('[{"type":"ping"},{"type":"plan"}]')).toEqual([{ type: 'ping' }, { type: 'plan' }])
  })
})
