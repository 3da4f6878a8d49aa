import { hashKey, type QueryClient } from '@tanstack/react-query'
import type { Stale } from '@/api/stale'

/** A burst of news leads to one question: many EAs report in the same second. */
const GATHER_MS = 400

/**
 * A question rests for so many times what its answer took: a list of thousands, of which something
 * changes all the time, must not be all that hub and browser do.
 */
export const RESTS = 20

/** The same after what is only observed: thousands of accounts say each second what is open on them. */
export const OBSERVED_RESTS = 80

interface Answered {
  /** When it came, by the page's clock; infinite while it is waited for. */
  atMs: number
  tookMs: number
}

/** Gather what has become stale and ask for it together. */
export class Refetcher {
  private readonly cache: QueryClient
  private readonly stale = new Map<string, Stale>()
  private readonly answered = new Map<string, Answered>()
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(cache: QueryClient) {
    this.cache = cache
  }

  add(news: readonly Stale[]): void {
    for (const item of news) {
      const key = hashKey([item.queryKey, item.exact])
      // What has happened is not put off by what is observed after it.
      if (!(item.isObserved && this.stale.has(key))) this.stale.set(key, item)
    }
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
      if (this.restsUntilMs(key, item) > now) continue
      this.stale.delete(key)
      void this.ask(key, item)
    }
    if (this.stale.size > 0) this.flushIn(GATHER_MS)
  }

  private restsUntilMs(key: string, item: Stale): number {
    const last = this.answered.get(key)
    if (!last) return 0
    const restMs = last.tookMs * (item.isObserved ? OBSERVED_RESTS : RESTS)
    return restMs > GATHER_MS ? last.atMs + restMs : 0
  }

  private async ask(key: string, item: Stale): Promise<void> {
    // Until the answer is here nobody knows how long it takes.
    this.answered.set(key, { atMs: Number.POSITIVE_INFINITY, tookMs: Number.POSITIVE_INFINITY })
    await this.olderPages(item)
    const began = performance.now()
    try {
      await this.cache.invalidateQueries(item)
    } finally {
      const atMs = performance.now()
      this.answered.set(key, { atMs, tookMs: atMs - began })
    }
  }

  /** Asking anew would drop an older page that somebody has just asked for. */
  private async olderPages(item: Stale): Promise<void> {
    const asked = this.cache.getQueryCache().findAll(item)
    const paging = asked.filter(query => query.state.fetchMeta?.fetchMore)
    await Promise.allSettled(paging.map(query => query.promise))
  }
}
