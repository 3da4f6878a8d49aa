import { queryOptions } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type { Heartbeat } from '@/api/live-messages'
import type { components } from '@/api/schema.gen'

type Schemas = components['schemas']
export type AccountLimits = Schemas['AccountLimits']
export type AccountLimit = Schemas['AccountLimit']
export type AccountGoal = Schemas['AccountGoal']
export type AccountBreach = Schemas['AccountBreach']
export type DailyMove = Schemas['DailyMove']

/** Heartbeats move the gauges; floors, goals and the verdict itself move with the judge. */
const LOOK_MS = 5_000
/** A phase that has just begun is judged with the next heartbeat. */
const SOON_MS = 1_000

export const accountLimits = (id: string) =>
  queryOptions({
    queryKey: ['accounts', id, 'limits'],
    queryFn: ({ signal }) =>
      take(client.GET('/api/accounts/{account_id}/limits', { params: { path: { account_id: id } }, signal })),
    refetchInterval: query => (query.state.data?.state === 'not_looked_at' ? SOON_MS : LOOK_MS),
  })

export const beginAnew = (id: string, initialBalance: number | null) =>
  take(
    client.POST('/api/accounts/{account_id}/limits/begin-anew', {
      params: { path: { account_id: id } },
      body: { initialBalance },
    }),
  )

/** The limits after a heartbeat: floors stand until the judge moves them, what is used does not. */
export function limitsAfter(seen: AccountLimits, beat: Heartbeat): AccountLimits {
  if (seen.observedAt === null || Date.parse(beat.at) <= Date.parse(seen.observedAt)) return seen
  const { day } = seen
  return {
    ...seen,
    balance: beat.balance,
    equity: beat.equity,
    observedAt: beat.at,
    limits: seen.limits.map(limit => usedAt(limit, beat.equity)),
    day: day && { ...day, low: Math.min(day.low, beat.equity), high: Math.max(day.high, beat.equity) },
  }
}

function usedAt(limit: AccountLimit, equity: number): AccountLimit {
  const left = equity - limit.floor
  const used = limit.limit - left
  return { ...limit, left, used, percent: (Math.max(0, used) / limit.limit) * 100, isBreached: left <= 0 }
}
