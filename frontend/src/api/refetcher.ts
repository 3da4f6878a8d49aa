import { hashKey, type QueryClient } from '@tanstack/react-query'
import type { Stale } from '@/api/live-cache'

/** A burst of news leads to one question: many EAs report in the same second. */
const GATHER_MS = 400

/** Gather what has become stale and ask for it together. */
export class Refetcher {
  private readonly cache: QueryClient
  private readonly stale = new Map<string, Stale>()
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(cache: QueryClient) {
    this.cache = cache
  }

  add(news: readonly Stale[]): void {
    for (const item of news) this.stale.set(hashKey([item.queryKey, item.exact]), item)
    if (news.length > 0) this.timer ??= setTimeout(this.flush, GATHER_MS)
  }

  close(): void {
    clearTimeout(this.timer)
  }

  private readonly flush = (): void => {
    this.timer = undefined
    const items = [...this.stale.values()]
    this.stale.clear()
    for (const item of items) void this.cache.invalidateQueries(item)
  }
}
