import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type { components, operations } from '@/api/schema.gen'

type Schemas = components['schemas']

export type Exposure = Schemas['Exposure']
export type SymbolExposure = Schemas['SymbolExposure']
export type PartExposure = Schemas['PartExposure']
export type SameTrades = Schemas['SameTrades']
export type SameTrade = Schemas['SameTrade']
export type SameEntry = Schemas['SameEntry']
export type ExposureQuery = NonNullable<
  operations['metafleet_hub_console_api_exposure_get_exposure']['parameters']['query']
>
export type SameQuery = NonNullable<
  operations['metafleet_hub_console_api_exposure_list_same_trades']['parameters']['query']
>

/** Prices move also when no message says so. */
const LOOK_MS = 30_000

export const exposure = (query: ExposureQuery) =>
  queryOptions({
    queryKey: ['exposure', 'open', query],
    queryFn: ({ signal }) => take(client.GET('/api/exposure', { params: { query }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: LOOK_MS,
  })

export const sameTrades = (query: SameQuery) =>
  queryOptions({
    queryKey: ['exposure', 'same', query],
    queryFn: ({ signal }) => take(client.GET('/api/exposure/same-trades', { params: { query }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: LOOK_MS,
  })
