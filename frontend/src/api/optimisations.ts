import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type { components } from '@/api/schema.gen'
import type { SearchReport } from '@/api/search-report'

type Schemas = components['schemas']

export type Optimisation = Schemas['Optimisation']
export type OptimisationForm = Schemas['OptimisationForm']
export type OptimisationOptions = Schemas['OptimisationOptions']
export type OptimisationSize = Schemas['OptimisationSize']
export type OptimisationLimits = Schemas['OptimisationLimits']
export type Luck = Schemas['Luck']
export type SearchMethod = OptimisationForm['method']

/** The stream tells of each step; so often it is also asked for, should a word be lost. */
const LOOK_MS = 15_000
/** The table of what was tried so far: it is long, and need not be newer. */
const TABLE_MS = 4_000

export const isSearching = (row: Optimisation): boolean => row.state === 'queued' || row.state === 'running'

const path = (id: string) => ({ params: { path: { optimisation_id: id } } })

export const optimisations = (of: { template?: string; instance?: string } = {}) =>
  queryOptions({
    queryKey: ['optimisations', 'list', of],
    queryFn: ({ signal }) => take(client.GET('/api/optimisations', { params: { query: of }, signal })),
    refetchInterval: query => (query.state.data?.some(isSearching) ? LOOK_MS : false),
  })

export const optimisation = (id: string) =>
  queryOptions({
    queryKey: ['optimisations', 'one', id],
    queryFn: ({ signal }) =>
      take(client.GET('/api/optimisations/{optimisation_id}', { ...path(id), signal })),
    refetchInterval: query => (query.state.data && isSearching(query.state.data) ? LOOK_MS : false),
  })

/** What is done never changes. */
export const searchReport = (id: string) =>
  queryOptions({
    queryKey: ['optimisation-reports', id],
    queryFn: async ({ signal }) =>
      (await take(
        client.GET('/api/optimisations/{optimisation_id}/report', { ...path(id), signal }),
      )) as unknown as SearchReport,
    staleTime: Number.POSITIVE_INFINITY,
  })

export const triesSoFar = (id: string) =>
  queryOptions({
    queryKey: ['optimisation-tries', id],
    queryFn: ({ signal }) =>
      take(client.GET('/api/optimisations/{optimisation_id}/tries', { ...path(id), signal })),
    refetchInterval: TABLE_MS,
  })

export const optimisationOptions = () =>
  queryOptions({
    queryKey: ['optimisations', 'options'],
    queryFn: ({ signal }) => take(client.GET('/api/optimisations/options', { signal })),
  })

export const optimisationSize = (body: OptimisationForm) =>
  queryOptions({
    queryKey: ['optimisation-size', body],
    queryFn: ({ signal }) => take(client.POST('/api/optimisations/size', { body, signal })),
    enabled: body.ranges.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
  })

export const askForOptimisation = (body: OptimisationForm) =>
  take(client.POST('/api/optimisations', { body }))

export const cancelOptimisation = (id: string) =>
  take(client.POST('/api/optimisations/{optimisation_id}/cancel', path(id)))

export const deleteOptimisation = (id: string) =>
  take(client.DELETE('/api/optimisations/{optimisation_id}', path(id)))

/** Run a verb on optimisations; every list of them is asked for again. */
export function useOptimisationVerb<Said, Done>(verb: (said: Said) => Promise<Done>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: verb,
    onSuccess: () => {
      for (const name of ['optimisations', 'audit']) void cache.invalidateQueries({ queryKey: [name] })
    },
  })
}
