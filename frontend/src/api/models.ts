import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type { ModelCard } from '@/api/model-card'
import type { components, paths } from '@/api/schema.gen'

type Schemas = components['schemas']

export type BrainModel = Schemas['Model']
export type ModelDetail = Schemas['ModelDetail']
export type ModelHealth = Schemas['ModelHealth']
export type ModelState = Schemas['ModelVersion']['state']
export type ModelVersion = Schemas['ModelVersion']
/** The card as it stands in the file. */
export type ModelVersionDetail = Omit<Schemas['ModelVersionDetail'], 'card'> & { card: ModelCard }
export type Retraining = Schemas['Retraining']
export type Signal = Schemas['Signal']
export type SignalScore = Schemas['SignalScore']
export type SignalQuery = NonNullable<paths['/api/signals']['get']['parameters']['query']>

export const SIGNALS_A_PAGE = 50
export const MOST_MODEL_BYTES = 8 * 1024 * 1024

const LOOK_MS = 60_000
const BUSY_MS = 5_000

const isTraining = ({ retraining }: { retraining: Retraining | null }): boolean =>
  retraining?.state === 'queued' || retraining?.state === 'running'

const modelPath = (id: string) => ({ params: { path: { model_id: id } } })
const versionPath = (id: string) => ({ params: { path: { version_id: id } } })

export const models = () =>
  queryOptions({
    queryKey: ['models', 'list'],
    queryFn: ({ signal }) => take(client.GET('/api/models', { signal })),
    refetchInterval: ({ state }) => (state.data?.some(isTraining) ? BUSY_MS : LOOK_MS),
  })

export const model = (id: string) =>
  queryOptions({
    queryKey: ['models', 'one', id],
    queryFn: ({ signal }) => take(client.GET('/api/models/{model_id}', { ...modelPath(id), signal })),
    refetchInterval: ({ state }) => (state.data && isTraining(state.data) ? BUSY_MS : LOOK_MS),
  })

export const modelVersion = (id: string) =>
  queryOptions({
    queryKey: ['models', 'version', id],
    queryFn: async ({ signal }) =>
      (await take(
        client.GET('/api/models/versions/{version_id}', { ...versionPath(id), signal }),
      )) as unknown as ModelVersionDetail,
  })

export const decay = (id: string) =>
  queryOptions({
    queryKey: ['models', 'decay', id],
    queryFn: ({ signal }) =>
      take(client.GET('/api/models/versions/{version_id}/decay', { ...versionPath(id), signal })),
  })

export const signals = (query: SignalQuery) =>
  queryOptions({
    queryKey: ['signals', 'list', query],
    queryFn: ({ signal }) => take(client.GET('/api/signals', { params: { query }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: LOOK_MS,
  })

export const signalScores = (query: SignalQuery) =>
  queryOptions({
    queryKey: ['signals', 'scores', query],
    queryFn: ({ signal }) => take(client.GET('/api/signals/scores', { params: { query }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: LOOK_MS,
  })

export const uploadModel = (file: File) =>
  take(
    client.POST('/api/models', {
      body: { file: file.name },
      bodySerializer: () => {
        const form = new FormData()
        form.append('file', file, file.name)
        return form
      },
    }),
  )

export const challenge = (id: string) =>
  take(client.POST('/api/models/versions/{version_id}/challenge', versionPath(id)))

export const promote = (id: string, note: string) =>
  take(client.POST('/api/models/versions/{version_id}/promote', { ...versionPath(id), body: { note } }))

export const retire = (id: string, reason: string) =>
  take(client.POST('/api/models/versions/{version_id}/retire', { ...versionPath(id), body: { reason } }))

export const rollBackModel = (id: string, reason: string) =>
  take(client.POST('/api/models/{model_id}/roll-back', { ...modelPath(id), body: { reason } }))

export const retrain = (id: string, reason: string) =>
  take(client.POST('/api/models/{model_id}/retrain', { ...modelPath(id), body: { reason } }))

/** A verb on models, after which all of them are looked at anew. */
export function useModelVerb<Given, Answer>(verb: (given: Given) => Promise<Answer>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: verb,
    onSuccess: () => cache.invalidateQueries({ queryKey: ['models'] }),
  })
}
