import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type { components } from '@/api/schema.gen'

type Schemas = components['schemas']
export type Programme = Schemas['Programme']
export type ShippedProgramme = Schemas['ShippedProgramme']
export type Terms = Schemas['ProgrammeTerms']
export type Phase = Schemas['ProgrammePhase']
export type Member = Schemas['ProgrammeMember']

export const shippedProgrammes = () =>
  queryOptions({
    queryKey: ['shipped-programmes'],
    queryFn: ({ signal }) => take(client.GET('/api/alerts/programmes/shipped', { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  })

export const programmes = () =>
  queryOptions({
    queryKey: ['programmes'],
    queryFn: ({ signal }) => take(client.GET('/api/alerts/programmes', { signal })),
  })

/** Equity moves without a message for each programme; so often its accounts are asked for. */
const LOOK_MS = 10_000

export const members = (id: string) =>
  queryOptions({
    queryKey: ['programmes', id, 'accounts'],
    queryFn: ({ signal }) =>
      take(client.GET('/api/alerts/programmes/{programme_id}/accounts', { ...programme(id), signal })),
    refetchInterval: LOOK_MS,
  })

const programme = (id: string) => ({ params: { path: { programme_id: id } } })

export const addProgramme = (body: Schemas['NewProgrammeForm']) =>
  take(client.POST('/api/alerts/programmes', { body }))

export const changeProgramme = (id: string, terms: Terms) =>
  take(client.PUT('/api/alerts/programmes/{programme_id}', { ...programme(id), body: { terms } }))

export const removeProgramme = (id: string) =>
  take(client.DELETE('/api/alerts/programmes/{programme_id}', programme(id)))

export const putIn = (id: string, body: Schemas['AssignForm']) =>
  take(client.POST('/api/alerts/programmes/{programme_id}/accounts', { ...programme(id), body }))

export const takeOut = (id: string, accountIds: string[]) =>
  take(
    client.POST('/api/alerts/programmes/{programme_id}/accounts/take-out', {
      ...programme(id),
      body: { accountIds },
    }),
  )

/** A verb after which the programmes and what they say of accounts are asked anew. */
export function useProgrammeVerb<Args, Answer>(verb: (args: Args) => Promise<Answer>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: verb,
    onSettled: async () => {
      for (const name of ['programmes', 'board', 'audit', 'incidents'])
        void cache.invalidateQueries({ queryKey: [name] })
      await cache.invalidateQueries({ predicate: query => isOfLimits(query.queryKey) })
    },
  })
}

const isOfLimits = (key: readonly unknown[]) => key[0] === 'accounts' && OF_LIMITS.has(String(key[2]))
const OF_LIMITS = new Set(['limits', 'profile'])
