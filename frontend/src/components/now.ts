import { useSyncExternalStore } from 'react'
import { serverNow } from '@/api/server-clock'

/** One second hand for the whole screen: ages tick together, and stop when nobody watches. */
const watchers = new Set<() => void>()
let second = Date.now()
let timer: ReturnType<typeof setInterval> | undefined

function tick(): void {
  second = Date.now()
  for (const watcher of watchers) watcher()
}

function subscribe(watcher: () => void): () => void {
  watchers.add(watcher)
  timer ??= setInterval(tick, 1000)
  return () => {
    watchers.delete(watcher)
    if (watchers.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** The hub's time in epoch milliseconds, renewed each second. */
export function useNow(): number {
  return serverNow(useSyncExternalStore(subscribe, () => second))
}
