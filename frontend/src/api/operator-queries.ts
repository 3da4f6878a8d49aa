import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type { FleetFilters, RolloutPreviewForm } from '@/api/operator-records'

/** The live stream is a tenant's; an operator's figures are asked for. */
const EVERY_MS = 5_000
const SLOWLY_MS = 15_000
/** Processes add what they have counted once a minute. */
const EACH_MINUTE_MS = 60_000

export const operatorOverview = () =>
  queryOptions({
    queryKey: ['operator', 'overview'],
    queryFn: ({ signal }) => take(client.GET('/api/operator/overview', { signal })),
    refetchInterval: EVERY_MS,
  })

export const INSTANCES_A_PAGE = 50

/** EA instances of all customers, a page of them. */
export const fleetInstances = (filters: FleetFilters) =>
  queryOptions({
    queryKey: ['operator', 'instances', filters],
    queryFn: ({ signal }) =>
      take(client.GET('/api/operator/instances', { params: { query: filters }, signal })),
    placeholderData: keepPreviousData,
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

export const rollouts = () =>
  queryOptions({
    queryKey: ['operator', 'rollouts'],
    queryFn: ({ signal }) => take(client.GET('/api/operator/rollouts', { signal })),
    refetchInterval: EVERY_MS,
  })

export const rollout = (id: string) =>
  queryOptions({
    queryKey: ['operator', 'rollouts', id],
    queryFn: ({ signal }) =>
      take(
        client.GET('/api/operator/rollouts/{rollout_id}', { params: { path: { rollout_id: id } }, signal }),
      ),
    refetchInterval: EVERY_MS,
  })

/** Who a rollout would move. It changes nothing, so it is asked anew with every change of the form. */
export const rolloutPreview = (form: RolloutPreviewForm) =>
  queryOptions({
    queryKey: ['operator', 'rollout-preview', form],
    queryFn: ({ signal }) => take(client.POST('/api/operator/rollouts/preview', { body: form, signal })),
    enabled: form.versionId !== '',
    placeholderData: keepPreviousData,
    retry: false,
  })

/** Every EA with its versions, as they may be rolled out. */
export const rolloutVersions = () =>
  queryOptions({
    queryKey: ['operator', 'eas'],
    queryFn: ({ signal }) => take(client.GET('/api/operator/eas', { signal })),
  })

export const operatorTasks = () =>
  queryOptions({
    queryKey: ['operator', 'tasks'],
    queryFn: ({ signal }) => take(client.GET('/api/operator/tasks', { signal })),
    refetchInterval: SLOWLY_MS,
  })

export const objectives = () =>
  queryOptions({
    queryKey: ['operator', 'objectives'],
    queryFn: ({ signal }) => take(client.GET('/api/operator/objectives', { signal })),
    refetchInterval: EACH_MINUTE_MS,
  })
