import { type QueryClient, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type { components } from '@/api/schema.gen'

type Schemas = components['schemas']

export type Board = Schemas['Board']
export type BoardRow = Schemas['BoardRow']
export type BoardView = Schemas['BoardView']
export type ProfileForm = Schemas['ProfileForm']
export type BulkOutcome = Schemas['BulkOutcome']
export type ProfileChange = Schemas['ProfileChange']

/** Telemetry and today's figures move also when no message says so; so often the board is asked for. */
const LOOK_MS = 30_000

export const board = () =>
  queryOptions({
    queryKey: ['board'],
    queryFn: ({ signal }) => take(client.GET('/api/board', { signal })),
    refetchInterval: LOOK_MS,
  })

/** What is in sight first, in the order that the board begins with: here long before all is added up. */
const A_SCREEN = 60

export const boardStart = () =>
  queryOptions({
    queryKey: ['board-start'],
    queryFn: ({ signal }) =>
      take(client.GET('/api/board', { params: { query: { first: A_SCREEN } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  })

export const boardViews = () =>
  queryOptions({
    queryKey: ['board-views'],
    queryFn: ({ signal }) => take(client.GET('/api/board/views', { signal })),
  })

export const profile = (id: string) =>
  queryOptions({
    queryKey: ['accounts', id, 'profile'],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/accounts/{account_id}/profile', { params: { path: { account_id: id } }, signal }),
      ),
  })

export const profileHistory = (id: string) =>
  queryOptions({
    queryKey: ['accounts', id, 'profile', 'history'],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/accounts/{account_id}/profile/history', {
          params: { path: { account_id: id } },
          signal,
        }),
      ),
  })

export const saveView = (name: string, query: Record<string, string>) =>
  take(client.POST('/api/board/views', { body: { name, query } }))

export const removeView = (id: string) =>
  take(client.DELETE('/api/board/views/{view_id}', { params: { path: { view_id: id } } }))

export const pauseMany = (accountIds: string[], mode: Schemas['BulkPauseForm']['mode'], reason: string) =>
  take(client.POST('/api/board/pause', { body: { accountIds, mode, reason } }))

export const resumeMany = (accountIds: string[]) =>
  take(client.POST('/api/board/resume', { body: { accountIds } }))

export interface ProfileWish {
  ids: readonly string[]
  set: ProfileForm
}

/** Set what people say of accounts: on screen at once, and as the hub has it once it has answered. */
export function useProfileVerb() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: ({ ids, set }: ProfileWish) =>
      take(client.POST('/api/board/bulk', { body: { ...set, accountIds: [...ids] } })),
    onMutate: async wish => {
      await cache.cancelQueries({ queryKey: ['board'] })
      cache.setQueryData<Board>(['board'], seen => seen && withWish(seen, wish))
    },
    onSettled: (_done, _error, wish) => forget(cache, wish.ids),
  })
}

/** The board as it is once the wish has come true. */
export function withWish(seen: Board, { ids, set }: ProfileWish): Board {
  const chosen = new Set(ids)
  const said = Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined))
  return { ...seen, rows: seen.rows.map(row => (chosen.has(row.id) ? { ...row, ...said } : row)) }
}

function forget(cache: QueryClient, ids: readonly string[]) {
  for (const name of ['board', 'audit']) void cache.invalidateQueries({ queryKey: [name] })
  for (const [queryKey] of cache.getQueriesData({ predicate: query => query.queryKey[2] === 'profile' })) {
    if (ids.includes(String(queryKey[1]))) void cache.invalidateQueries({ queryKey })
  }
}
