import { queryOptions } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type { components } from '@/api/schema.gen'

type Schemas = components['schemas']

export type Billing = Schemas['Billing']
export type Customer = Schemas['Customer']
export type PlanChange = Schemas['PlanChange']
export type PlanForm = Schemas['PlanForm']
export type PlanOffer = Schemas['PlanOffer']

/** How many customers the operator's list shows; the search finds the others. */
export const CUSTOMERS_SHOWN = 50

export const billing = () =>
  queryOptions({
    queryKey: ['billing'],
    queryFn: ({ signal }) => take(client.GET('/api/billing', { signal })),
  })

export const customers = (q: string) =>
  queryOptions({
    queryKey: ['operator', 'customers', q],
    queryFn: ({ signal }) =>
      take(client.GET('/api/operator/tenants', { params: { query: { q, limit: CUSTOMERS_SHOWN } }, signal })),
  })
