import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import type { Review, TradeDetail } from '@/api/journal-records'
import { saveReview } from '@/api/journal-verbs'
import { sentenceOf } from '@/api/problem'
import type { TradePage } from '@/api/records'
import { Autosave, type SaveState } from '@/components/journal/autosave'
import { dropDraft, keepDraft, readDraft } from '@/components/journal/drafts'

/** A note is saved when its writer pauses; a star or a tag at once. */
const PAUSE_MS = 700

/** A trade's review as it is being written: kept by itself, here until the hub has it. */
export function useReview(tradeId: string, stored: Review) {
  const cache = useQueryClient()
  const [review, setReview] = useState<Review>(() => readDraft(tradeId) ?? stored)
  const [state, setState] = useState<SaveState>('idle')
  const [refusal, setRefusal] = useState('')
  const [autosave] = useState(
    () =>
      new Autosave<Review>({
        pauseMs: PAUSE_MS,
        save: async (value, isLeaving) => {
          const kept = await saveReview(tradeId, value, isLeaving)
          dropDraft(tradeId, value)
          showEverywhere(cache, tradeId, kept)
        },
        onState: (next, error) => {
          setState(next)
          setRefusal(error ? sentenceOf(error) : '')
        },
      }),
  )
  // What was changed elsewhere is shown, unless something here is still on its way.
  const seen = useRef(stored)
  useEffect(() => {
    if (seen.current === stored) return
    seen.current = stored
    if (!autosave.isPending) setReview(before => (isSame(before, stored) ? before : stored))
  }, [autosave, stored])
  useEffect(() => {
    const draft = readDraft(tradeId)
    if (draft) autosave.change(draft, 0)
    const onLeave = () => autosave.flush(true)
    const onBack = () => autosave.flush()
    window.addEventListener('pagehide', onLeave)
    window.addEventListener('online', onBack)
    return () => {
      window.removeEventListener('pagehide', onLeave)
      window.removeEventListener('online', onBack)
      autosave.flush()
    }
  }, [autosave, tradeId])
  const change = (changes: Partial<Review>) => {
    const next = { ...review, ...changes }
    setReview(next)
    keepDraft(tradeId, next)
    autosave.change(next, 'note' in changes ? PAUSE_MS : 0)
  }
  return { review, state, refusal, change, retry: () => autosave.flush() }
}

function isSame(a: Review, b: Review): boolean {
  return a.note === b.note && a.rating === b.rating && a.tags.join('\n') === b.tags.join('\n')
}

/** Wherever the trade is on screen its stars and tags follow; only counts by tag are asked for again. */
function showEverywhere(cache: QueryClient, tradeId: string, review: Review): void {
  const marks = { rating: review.rating, tags: review.tags, hasNote: review.note !== '' }
  const before = cache.getQueryData<TradeDetail>(['trades', 'one', tradeId])
  cache.setQueryData<TradeDetail>(
    ['trades', 'one', tradeId],
    detail => detail && { ...detail, ...marks, note: review.note, review },
  )
  cache.setQueriesData<TradePage>(
    { queryKey: ['trades', 'list'] },
    page =>
      page && {
        ...page,
        items: page.items.map(trade => (trade.id === tradeId ? { ...trade, ...marks } : trade)),
      },
  )
  if (before?.tags.join('\n') === review.tags.join('\n')) return
  void cache.invalidateQueries({ queryKey: ['tags'] })
  void cache.invalidateQueries({ queryKey: ['journal'] })
}
