import { InfiniteQueryObserver, QueryClient, QueryObserver } from '@tanstack/react-query'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { OBSERVED_RESTS, RESTS, Refetcher } from '@/api/refetcher'

const ANSWER_MS = 500

let cache: QueryClient
let refetcher: Refetcher
let asked: number
let stop: () => void

beforeEach(async () => {
  vi.useFakeTimers()
  cache = new QueryClient()
  refetcher = new Refetcher(cache)
  asked = 0
  const queryFn = () => {
    asked += 1
    return new Promise(resolve => setTimeout(() => resolve(asked), ANSWER_MS))
  }
  stop = new QueryObserver(cache, { queryKey: ['instances'], queryFn }).subscribe(() => undefined)
  await vi.advanceTimersByTimeAsync(ANSWER_MS)
  asked = 0
})

afterEach(() => {
  refetcher.close()
  stop()
  vi.useRealTimers()
})

/** News each tenth of a second for so long. */
async function newsFor(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    refetcher.add([{ queryKey: ['instances'], exact: true }])
    await vi.advanceTimersByTimeAsync(100)
  }
}

describe('the refetcher', () => {
  it('asks once for a burst of news', async () => {
    await newsFor(300)
    await vi.advanceTimersByTimeAsync(ANSWER_MS)
    expect(asked).toBe(1)
  })

  it('rests after a slow answer, and forgets no news meanwhile', async () => {
    await newsFor(ANSWER_MS * RESTS)
    expect(asked).toBe(1)
    await vi.advanceTimersByTimeAsync(ANSWER_MS * 4)
    expect(asked).toBe(2)
  })

  it('rests longer after what is only observed, unless something happens', async () => {
    const observe = () => refetcher.add([{ queryKey: ['instances'], exact: true, isObserved: true }])
    observe()
    await vi.advanceTimersByTimeAsync(ANSWER_MS * 2)
    expect(asked).toBe(1)
    observe()
    await vi.advanceTimersByTimeAsync(ANSWER_MS * (RESTS + 5))
    expect(asked).toBe(1)
    refetcher.add([{ queryKey: ['instances'], exact: true }])
    observe()
    await vi.advanceTimersByTimeAsync(ANSWER_MS * 3)
    expect(asked).toBe(2)
    observe()
    await vi.advanceTimersByTimeAsync(ANSWER_MS * (OBSERVED_RESTS + 3))
    expect(asked).toBe(3)
  })

  it('lets an older page come that somebody asks for among the news', async () => {
    const entries = new InfiniteQueryObserver(cache, {
      queryKey: ['instances', 'entries'],
      queryFn: ({ pageParam }) =>
        new Promise<number>(resolve => setTimeout(() => resolve(pageParam), ANSWER_MS)),
      initialPageParam: 0,
      getNextPageParam: page => page + 1,
    })
    const stopEntries = entries.subscribe(() => undefined)
    await vi.advanceTimersByTimeAsync(ANSWER_MS)
    refetcher.add([{ queryKey: ['instances'], exact: false }])
    await vi.advanceTimersByTimeAsync(200)
    void entries.fetchNextPage()
    await vi.advanceTimersByTimeAsync(ANSWER_MS * 4)
    expect(entries.getCurrentResult().data?.pages).toEqual([0, 1])
    stopEntries()
  })
})
