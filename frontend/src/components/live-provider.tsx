import { useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, use, useEffect, useMemo, useRef, useState } from 'react'
import { applyMessages } from '@/api/live-cache'
import type { LiveMessage } from '@/api/live-messages'
import { LiveSocket, type LiveState } from '@/api/live-socket'
import { Refetcher } from '@/api/refetcher'
import { setServerTime } from '@/api/server-clock'

/** Without a stream the screen asks by itself, this often. */
const FALLBACK_MS = 10_000

interface Live {
  state: LiveState
  /** When something last came in, in epoch milliseconds here; null before the first word. */
  heardAt: () => number | null
  retry: () => void
}

const Context = createContext<Live>({ state: 'connecting', heardAt: () => null, retry: () => undefined })

/** One stream for all screens: it writes observations into the query cache and asks again for the rest. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const cache = useQueryClient()
  const [state, setState] = useState<LiveState>('connecting')
  const socket = useRef<LiveSocket | null>(null)
  const heard = useRef<number | null>(null)

  useEffect(() => {
    const refetcher = new Refetcher(cache)
    const onMessages = (messages: readonly LiveMessage[]) => {
      heard.current = Date.now()
      for (const message of messages) if (message.type === 'hello') setServerTime(message.at)
      refetcher.add(applyMessages(cache, messages))
    }
    const onSignedOut = () => void cache.invalidateQueries({ queryKey: ['session'] })
    socket.current = new LiveSocket({ url: streamUrl(), onMessages, onState: setState, onSignedOut })
    return () => {
      refetcher.close()
      socket.current?.close()
    }
  }, [cache])

  useEffect(() => {
    if (state !== 'reconnecting') return
    const timer = setInterval(() => void cache.invalidateQueries(), FALLBACK_MS)
    return () => clearInterval(timer)
  }, [state, cache])

  const live = useMemo<Live>(
    () => ({ state, heardAt: () => heard.current, retry: () => socket.current?.retryNow() }),
    [state],
  )
  return <Context value={live}>{children}</Context>
}

export const useLive = (): Live => use(Context)

function streamUrl(): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/live`
}
