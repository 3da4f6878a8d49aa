import { decode, type LiveMessage } from '@/api/live-messages'

export type LiveState = 'connecting' | 'live' | 'reconnecting' | 'offline'

/** The hub says something at least every 15 s; two pings missed mean that nobody is there. */
export const SILENCE_MS = 40_000
const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 15_000
const SIGNED_OUT = 4401

interface Wishes {
  url: string
  onMessages: (messages: readonly LiveMessage[]) => void
  onState: (state: LiveState) => void
  onSignedOut: () => void
}

/** How long to wait before the given try: doubling, with jitter so that not all screens return at once. */
export function waitMs(tries: number, random = Math.random()): number {
  const full = Math.min(FIRST_WAIT_MS * 2 ** tries, LONGEST_WAIT_MS)
  return full * (0.5 + random / 2)
}

/** One stream that keeps itself connected until it is closed. */
export class LiveSocket {
  private readonly wishes: Wishes
  private socket: WebSocket | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private silence: ReturnType<typeof setTimeout> | undefined
  private tries = 0
  private isClosed = false

  constructor(wishes: Wishes) {
    this.wishes = wishes
    window.addEventListener('online', this.retryNow)
    window.addEventListener('offline', this.onOffline)
    this.open()
  }

  close(): void {
    this.isClosed = true
    window.removeEventListener('online', this.retryNow)
    window.removeEventListener('offline', this.onOffline)
    clearTimeout(this.timer)
    this.drop()
  }

  readonly retryNow = (): void => {
    if (this.isClosed) return
    clearTimeout(this.timer)
    this.tries = 0
    this.drop()
    this.open()
  }

  private readonly onOffline = (): void => {
    this.drop()
    clearTimeout(this.timer)
    this.wishes.onState('offline')
  }

  private open(): void {
    const socket = new WebSocket(this.wishes.url)
    this.socket = socket
    this.wishes.onState(this.tries === 0 ? 'connecting' : 'reconnecting')
    this.expectWord()
    socket.onmessage = event => this.hear(event.data)
    socket.onclose = event => {
      if (this.socket === socket) this.lost(event.code)
    }
  }

  private hear(data: unknown): void {
    this.expectWord()
    const messages = decode(data)
    if (messages.length === 0) return
    if (messages.some(message => message.type === 'hello')) {
      this.tries = 0
      this.wishes.onState('live')
    }
    this.wishes.onMessages(messages)
  }

  private expectWord(): void {
    clearTimeout(this.silence)
    this.silence = setTimeout(() => {
      this.drop()
      this.lost(0)
    }, SILENCE_MS)
  }

  private lost(code: number): void {
    this.socket = null
    clearTimeout(this.silence)
    if (this.isClosed) return
    if (code === SIGNED_OUT) {
      this.wishes.onSignedOut()
      this.wishes.onState('offline')
      return
    }
    this.wishes.onState(navigator.onLine ? 'reconnecting' : 'offline')
    this.timer = setTimeout(() => this.open(), waitMs(this.tries))
    this.tries += 1
  }

  private drop(): void {
    clearTimeout(this.silence)
    const socket = this.socket
    this.socket = null
    socket?.close()
  }
}
