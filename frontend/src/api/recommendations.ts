import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type { components } from '@/api/schema.gen'

type Schemas = components['schemas']

export type Recommendations = Schemas['Recommendations']
export type Recommendation = Schemas['Recommendation']
export type CurrentRecommendation = Schemas['CurrentRecommendation']
export type RecommendationEvidence = Schemas['RecommendationEvidence']
export type RecommendationScore = Schemas['RecommendationScore']
export type TrackRecord = Schemas['TrackRecord']
export type TrackRecordPage = Schemas['TrackRecordPage']
export type UnjudgedEA = Schemas['UnjudgedEA']
export type Verdict = Recommendation['verdict']

/** While evidence is gathered nothing is told; so often it is asked how far that is. */
const LOOK_MS = 10_000

export const recommendations = () =>
  queryOptions({
    queryKey: ['recommendations', 'now'],
    queryFn: ({ signal }) => take(client.GET('/api/recommendations', { signal })),
    refetchInterval: query => (query.state.data?.gathering?.isRunning ? LOOK_MS : false),
  })

export const trackRecord = () =>
  queryOptions({
    queryKey: ['recommendations', 'track-record'],
    queryFn: ({ signal }) => take(client.GET('/api/recommendations/track-record', { signal })),
  })

interface PaperOrder {
  id: string
  accountId: string
}

const deployToPaper = ({ id, accountId }: PaperOrder) =>
  take(
    client.POST('/api/recommendations/{recommendation_id}/deploy', {
      params: { path: { recommendation_id: id } },
      body: { accountId, name: '' },
    }),
  )

/** Deploy one on a paper account; what counts instances is asked for again. */
export function useDeployToPaper() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: deployToPaper,
    onSuccess: () => {
      for (const name of ['instances', 'fleet', 'overview', 'session', 'audit', 'recommendations'])
        void cache.invalidateQueries({ queryKey: [name] })
    },
  })
}
