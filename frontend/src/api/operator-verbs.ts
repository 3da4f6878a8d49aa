import { useMutation, useQueryClient } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type { GroupForm, RolloutForm, RuleForm } from '@/api/operator-records'

const hostPath = (id: string) => ({ params: { path: { host_id: id } } })
const groupPath = (id: string) => ({ params: { path: { group_id: id } } })

export const drainHost = (id: string, reason: string) =>
  take(client.POST('/api/operator/hosts/{host_id}/drain', { ...hostPath(id), body: { reason } }))

export const activateHost = (id: string) =>
  take(client.POST('/api/operator/hosts/{host_id}/activate', hostPath(id)))

export const evacuateHost = (id: string, evenWithPositions: boolean) =>
  take(
    client.POST('/api/operator/hosts/{host_id}/evacuate', { ...hostPath(id), body: { evenWithPositions } }),
  )

export const forgetHost = (id: string) => take(client.DELETE('/api/operator/hosts/{host_id}', hostPath(id)))

export const makeGroup = (body: GroupForm) => take(client.POST('/api/operator/scaling/groups', { body }))

export const changeGroup = (id: string, body: RuleForm) =>
  take(client.PUT('/api/operator/scaling/groups/{group_id}', { ...groupPath(id), body }))

export const removeGroup = (id: string) =>
  take(client.DELETE('/api/operator/scaling/groups/{group_id}', groupPath(id)))

const rolloutPath = (id: string) => ({ params: { path: { rollout_id: id } } })

export const startRollout = (body: RolloutForm) => take(client.POST('/api/operator/rollouts', { body }))

export const promoteRollout = (id: string, reason: string) =>
  take(client.POST('/api/operator/rollouts/{rollout_id}/promote', { ...rolloutPath(id), body: { reason } }))

export const rollBack = (id: string, reason: string) =>
  take(client.POST('/api/operator/rollouts/{rollout_id}/roll-back', { ...rolloutPath(id), body: { reason } }))

export const stopRollout = (id: string, reason: string) =>
  take(client.POST('/api/operator/rollouts/{rollout_id}/stop', { ...rolloutPath(id), body: { reason } }))

/** A verb after which every figure of the operator's is looked at anew. */
export function useOperatorVerb<Given, Answer>(verb: (given: Given) => Promise<Answer>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: verb,
    onSuccess: () => cache.invalidateQueries({ queryKey: ['operator'] }),
  })
}
