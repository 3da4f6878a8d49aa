import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { client, take } from '@/api/client'

/** The live stream is a tenant's; an operator's figures are asked for. */
const EVERY_MS = 5_000
const SLOWLY_MS = 15_000

export const operatorOverview = () =>
  queryOptions({
    queryKey: ['operator', 'overview'],
    queryFn: ({ signal }) => take(client.GET('/api/operator/overview', { signal })),
    refetchInterval: EVERY_MS,
  })

export const hosts = (gone: boolean) =>
  queryOptions({
    queryKey: ['operator', 'hosts', gone],
    queryFn: ({ signal }) => take(client.GET('/api/operator/hosts', { params: { query: { gone } }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: EVERY_MS,
  })

export const scaling = () =>
  queryOptions({
    queryKey: ['operator', 'scaling'],
    queryFn: ({ signal }) => take(client.GET('/api/operator/scaling', { signal })),
    refetchInterval: EVERY_MS,
  })

export const costs = () =>
  queryOptions({
    queryKey: ['operator', 'costs'],
    queryFn: ({ signal }) => take(client.GET('/api/operator/costs', { signal })),
    refetchInterval: SLOWLY_MS,
  })
