import { hashKey, type QueryClient } from '@tanstack/react-query'
import type { Stale } from '@/api/live-cache'

/** A burst of news leads to one question: many EAs report in the same second. */
const GATHER_MS = 400

/**
 * A question rests for so many times what its answer took: a list of thousands, of which something
 * changes all the time, must not be all that hub and browser do.
 */
export const RESTS = 20

/** Gather what has become stale and ask for it together. */
export class Refetcher {
  private readonly cache: QueryClient
  private readonly stale = new Map<string, Stale>()
  private readonly restsUntilMs = new Map<string, number>()
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(cache: QueryClient) {
    this.cache = cache
  }

  add(news: readonly Stale[]): void {
    for (const item of news) this.stale.set(hashKey([item.queryKey, item.exact]), item)
    if (news.length > 0) this.flushIn(GATHER_MS)
  }

  close(): void {
    clearTimeout(this.timer)
  }

  private flushIn(waitMs: number): void {
    this.timer ??= setTimeout(this.flush, waitMs)
  }

  private readonly flush = (): void => {
    this.timer = undefined
    const now = performance.now()
    for (const [key, item] of this.stale) {
      if ((this.restsUntilMs.get(key) ?? 0) > now) continue
      this.stale.delete(key)
      void this.ask(key, item)
    }
    if (this.stale.size > 0) this.flushIn(GATHER_MS)
  }

  private async ask(key: string, item: Stale): Promise<void> {
    // Until the answer is here nobody knows how long it takes.
    this.restsUntilMs.set(key, Number.POSITIVE_INFINITY)
    await this.olderPages(item)
    const began = performance.now()
    try {
      await this.cache.invalidateQueries(item)
    } finally {
      const now = performance.now()
      const took = now - began
      if (took * RESTS > GATHER_MS) this.restsUntilMs.set(key, now + took * RESTS)
      else this.restsUntilMs.delete(key)
    }
  }

  /** Asking anew would drop an older page that somebody has just asked for. */
  private async olderPages(item: Stale): Promise<void> {
    const asked = this.cache.getQueryCache().findAll(item)
    const paging = asked.filter(query => query.state.fetchMeta?.fetchMore)
    await Promise.allSettled(paging.map(query => query.promise))
  }
}
