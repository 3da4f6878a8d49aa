import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type { components } from '@/api/schema.gen'

type Schemas = components['schemas']
export type Channel = Schemas['Channel']
export type ChannelKind = Schemas['ChannelKind']
export type ChannelForm = Schemas['ChannelForm']
export type Delivery = Schemas['Delivery']

export const channelKinds = () =>
  queryOptions({
    queryKey: ['channel-kinds'],
    queryFn: ({ signal }) => take(client.GET('/api/alerts/channel-kinds', { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  })

export const channels = () =>
  queryOptions({
    queryKey: ['channels'],
    queryFn: ({ signal }) => take(client.GET('/api/alerts/channels', { signal })),
    refetchInterval: 15_000,
  })

export const deliveries = (id: string) =>
  queryOptions({
    queryKey: ['channels', id, 'deliveries'],
    queryFn: ({ signal }) =>
      take(client.GET('/api/alerts/channels/{channel_id}/deliveries', { ...channel(id), signal })),
    refetchInterval: 5_000,
  })

const channel = (id: string) => ({ params: { path: { channel_id: id } } })

export const addChannel = (body: Schemas['NewChannelForm']) =>
  take(client.POST('/api/alerts/channels', { body }))
export const changeChannel = (id: string, body: ChannelForm) =>
  take(client.PUT('/api/alerts/channels/{channel_id}', { ...channel(id), body }))
export const removeChannel = (id: string) =>
  take(client.DELETE('/api/alerts/channels/{channel_id}', channel(id)))
export const testChannel = (id: string) =>
  take(client.POST('/api/alerts/channels/{channel_id}/test', channel(id)))
export const retryDelivery = (id: string) =>
  take(client.POST('/api/alerts/deliveries/{delivery_id}/retry', { params: { path: { delivery_id: id } } }))

/** A verb after which the channels and their logs are asked anew. */
export function useChannelVerb<Args, Answer>(verb: (args: Args) => Promise<Answer>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: verb,
    onSettled: () => cache.invalidateQueries({ queryKey: ['channels'] }),
  })
}
