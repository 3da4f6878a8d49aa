import { type QueryClient, useMutation, useQueryClient } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type {
  Account,
  ConnectAccountForm,
  DeployForm,
  InputValues,
  InstanceDetail,
  OpenAccountForm,
} from '@/api/records'
import type { components } from '@/api/schema.gen'

export const signOut = () => take(client.POST('/api/auth/sign-out'))

export const openAccount = (body: OpenAccountForm) => take(client.POST('/api/accounts/open', { body }))

export const connectAccount = (body: ConnectAccountForm) =>
  take(client.POST('/api/accounts/connect', { body }))

const accountPath = (id: string) => ({ params: { path: { account_id: id } } })
const instancePath = (id: string) => ({ params: { path: { instance_id: id } } })

export const renameAccount = (id: string, label: string) =>
  take(client.PATCH('/api/accounts/{account_id}', { ...accountPath(id), body: { label } }))

export const removeAccount = (id: string) =>
  take(client.DELETE('/api/accounts/{account_id}', accountPath(id)))

export const deploy = (body: DeployForm) => take(client.POST('/api/instances', { body }))

export const reviewDeploy = (body: DeployForm) => take(client.POST('/api/instances/review', { body }))

export const pauseInstance = (id: string, body: components['schemas']['PauseForm']) =>
  take(client.POST('/api/instances/{instance_id}/pause', { ...instancePath(id), body }))

export const resumeInstance = (id: string) =>
  take(client.POST('/api/instances/{instance_id}/resume', instancePath(id)))

export const stopInstance = (id: string, closePositions: boolean) =>
  take(client.POST('/api/instances/{instance_id}/stop', { ...instancePath(id), body: { closePositions } }))

export const configureInstance = (id: string, inputs: InputValues) =>
  take(client.PATCH('/api/instances/{instance_id}', { ...instancePath(id), body: { inputs } }))

export const removeInstance = (id: string) =>
  take(client.DELETE('/api/instances/{instance_id}', instancePath(id)))

/** Run a verb on an instance and show its answer at once, wherever the instance is on screen. */
export function useInstanceVerb<Wish>(verb: (wish: Wish) => Promise<InstanceDetail>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: verb,
    onSuccess: detail => {
      cache.setQueryData(['instances', detail.id], detail)
      forgetFleet(cache)
      return cache.invalidateQueries({ queryKey: ['instances', detail.id, 'commands'] })
    },
  })
}

/** Run a verb on an account; lists and totals are asked for again. */
export function useAccountVerb<Wish>(verb: (wish: Wish) => Promise<Account>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: verb,
    onSuccess: account => {
      cache.setQueryData(['accounts', account.id], account)
      forgetFleet(cache)
    },
  })
}

/** Ask again for every list and total in which an instance or account is counted. */
export function forgetFleet(cache: QueryClient): void {
  for (const queryKey of [['instances'], ['accounts'], ['overview'], ['session']]) {
    void cache.invalidateQueries({ queryKey, exact: true })
  }
  void cache.invalidateQueries({ queryKey: ['fleet'] })
  void cache.invalidateQueries({ queryKey: ['audit'] })
}
