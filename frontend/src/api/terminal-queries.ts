import { keepPreviousData, type QueryClient, queryOptions } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type { Command } from '@/api/records'
import type { CommandFilters, FailedFilters } from '@/api/terminal-records'

/** While something is under way the screen also looks this often: a word of the stream may be lost. */
const BUSY_MS = 5_000
const PAIRING_MS = 2_000
const IDLE_MS = 20_000
export const COMMANDS_A_PAGE = 50
export const FAILED_A_PAGE = 50

/** The terminals of one account. `isPairing`: somebody stands there and waits for one to come alive. */
export const accountTerminals = (id: string, isPairing = false) =>
  queryOptions({
    queryKey: ['accounts', id, 'terminals'],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/accounts/{account_id}/terminals', { params: { path: { account_id: id } }, signal }),
      ),
    refetchInterval: isPairing ? PAIRING_MS : IDLE_MS,
  })

export const commands = (filters: CommandFilters) =>
  queryOptions({
    queryKey: ['commands', filters],
    queryFn: ({ signal }) => take(client.GET('/api/commands', { params: { query: filters }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.items.some(isUnderWay) ? BUSY_MS : IDLE_MS),
  })

export const failedItems = (filters: FailedFilters) =>
  queryOptions({
    queryKey: ['failed-items', filters],
    queryFn: ({ signal }) => take(client.GET('/api/failed-items', { params: { query: filters }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: IDLE_MS,
  })

export const imports = (account?: string) =>
  queryOptions({
    queryKey: ['imports', 'list', account ?? null],
    queryFn: ({ signal }) =>
      take(client.GET('/api/imports', { params: { query: account ? { account } : {} }, signal })),
  })

export const importOf = (id: string) =>
  queryOptions({
    queryKey: ['imports', 'one', id],
    queryFn: ({ signal }) =>
      take(client.GET('/api/imports/{import_id}', { params: { path: { import_id: id } }, signal })),
  })

/** Queued or delivered: its result is not known yet. */
export const isUnderWay = (command: Pick<Command, 'state'>): boolean =>
  command.state === 'queued' || command.state === 'leased'

/** An account's fresh look, after something about its terminals changed. */
export function forgetAccount(cache: QueryClient, id: string): void {
  void cache.invalidateQueries({ queryKey: ['accounts'], exact: true })
  void cache.invalidateQueries({ queryKey: ['accounts', id], exact: true })
  void cache.invalidateQueries({ queryKey: ['accounts', id, 'terminals'] })
  void cache.invalidateQueries({ queryKey: ['audit'] })
}
