import type { QueryClient } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type { Review, SavedFilterForm, ShareForm } from '@/api/journal-records'

const tradePath = (id: string) => ({ params: { path: { trade_id: id } } })
const filterPath = (id: string) => ({ params: { path: { filter_id: id } } })

/** Keep what its trader says of a trade. `isLeaving`: the page may be gone before the answer. */
export const saveReview = (tradeId: string, body: Review, isLeaving = false) =>
  take(client.PUT('/api/trades/{trade_id}/review', { ...tradePath(tradeId), body, keepalive: isLeaving }))

export const fetchCandles = (tradeId: string) =>
  take(client.POST('/api/trades/{trade_id}/fetch-candles', tradePath(tradeId)))

export const addScreenshot = (tradeId: string, file: Blob, name: string) =>
  take(
    client.POST('/api/trades/{trade_id}/screenshots', {
      ...tradePath(tradeId),
      body: { file: name, caption: '' },
      bodySerializer: () => {
        const form = new FormData()
        form.append('file', file, name)
        return form
      },
    }),
  )

export const describeScreenshot = (tradeId: string, screenshotId: string, caption: string) =>
  take(
    client.PATCH('/api/trades/{trade_id}/screenshots/{screenshot_id}', {
      params: { path: { trade_id: tradeId, screenshot_id: screenshotId } },
      body: { caption },
    }),
  )

export const removeScreenshot = (tradeId: string, screenshotId: string) =>
  take(
    client.DELETE('/api/trades/{trade_id}/screenshots/{screenshot_id}', {
      params: { path: { trade_id: tradeId, screenshot_id: screenshotId } },
    }),
  )

export const screenshotUrl = (tradeId: string, screenshotId: string) =>
  `/api/trades/${tradeId}/screenshots/${screenshotId}`

export const saveFilter = (body: SavedFilterForm) => take(client.POST('/api/filters', { body }))

export const changeFilter = (id: string, body: SavedFilterForm) =>
  take(client.PUT('/api/filters/{filter_id}', { ...filterPath(id), body }))

export const removeFilter = (id: string) => take(client.DELETE('/api/filters/{filter_id}', filterPath(id)))

/** Make a public page; its address is in this answer and in no other. */
export const createShare = (accountId: string, body: ShareForm) =>
  take(
    client.POST('/api/accounts/{account_id}/shares', {
      params: { path: { account_id: accountId } },
      body,
    }),
  )

export const revokeShare = (id: string) =>
  take(client.POST('/api/shares/{share_id}/revoke', { params: { path: { share_id: id } } }))

/** After a review changed: lists show its tags and stars, and figures by tag count it elsewhere. */
export function forgetReviews(cache: QueryClient): void {
  void cache.invalidateQueries({ queryKey: ['trades', 'list'] })
  void cache.invalidateQueries({ queryKey: ['tags'] })
  void cache.invalidateQueries({ queryKey: ['journal'] })
}
