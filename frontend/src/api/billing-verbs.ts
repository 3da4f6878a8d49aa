import { type QueryClient, useMutation, useQueryClient } from '@tanstack/react-query'
import type { PlanForm } from '@/api/billing-queries'
import { client, take } from '@/api/client'
import type { PlanCode } from '@/api/records'
import { forgetFleet } from '@/api/verbs'

export const buyPlan = (plan: PlanCode) => take(client.POST('/api/billing/checkout', { body: { plan } }))

export const managePayment = () => take(client.POST('/api/billing/portal'))

export const setPlan = (tenantId: string, body: PlanForm) =>
  take(
    client.POST('/api/operator/tenants/{tenant_id}/plan', {
      params: { path: { tenant_id: tenantId } },
      body,
    }),
  )

/** Go on at the payment provider's own page. */
export function useLeave<Wish>(verb: (wish: Wish) => Promise<{ url: string }>) {
  return useMutation({ mutationFn: verb, onSuccess: ({ url }) => location.assign(url) })
}

export function useSetPlan(tenantId: string) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (form: PlanForm) => setPlan(tenantId, form),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ['operator', 'customers'] })
      forgetPlan(cache)
    },
  })
}

/** Ask again for everything that the plan decides. */
export function forgetPlan(cache: QueryClient): void {
  forgetFleet(cache)
  void cache.invalidateQueries({ queryKey: ['billing'] })
  void cache.invalidateQueries({ queryKey: ['templates'] })
}
