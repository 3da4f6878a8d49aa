import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type { components } from '@/api/schema.gen'

type Schemas = components['schemas']
export type Member = Schemas['Member']
export type Invitation = Schemas['Invitation']
export type Role = Member['role']
export type SupportAccess = Schemas['SupportAccess']
export type ApiKey = Schemas['ApiKey']
export type KeyForm = Schemas['KeyForm']
export type GrantForm = Schemas['GrantForm']

export const people = () =>
  queryOptions({
    queryKey: ['people'],
    queryFn: ({ signal }) => take(client.GET('/api/people', { signal })),
  })

export const supportAccesses = () =>
  queryOptions({
    queryKey: ['support'],
    queryFn: ({ signal }) => take(client.GET('/api/support', { signal })),
    refetchInterval: 30_000,
  })

export const desks = () =>
  queryOptions({
    queryKey: ['desks'],
    queryFn: ({ signal }) => take(client.GET('/api/me/desks', { signal })),
  })

export const apiKeys = () =>
  queryOptions({
    queryKey: ['keys'],
    queryFn: ({ signal }) => take(client.GET('/api/keys', { signal })),
    refetchInterval: 30_000,
  })

export const offeredPlace = (token: string) =>
  queryOptions({
    queryKey: ['invitation', token],
    queryFn: ({ signal }) =>
      take(client.GET('/api/invitations/{token}', { params: { path: { token } }, signal })),
    retry: false,
  })

const user = (id: string) => ({ params: { path: { user_id: id } } })
const invitation = (id: string) => ({ params: { path: { invitation_id: id } } })
const support = (id: string) => ({ params: { path: { support_id: id } } })
const tenant = (id: string) => ({ params: { path: { tenant_id: id } } })

export const changeRole = (id: string, role: Role) =>
  take(client.PUT('/api/people/{user_id}', { ...user(id), body: { role } }))
export const removeMember = (id: string) => take(client.DELETE('/api/people/{user_id}', user(id)))
export const leaveDesk = () => take(client.POST('/api/people/leave'))
export const invite = (email: string, role: Role) =>
  take(client.POST('/api/people/invitations', { body: { email, role } }))
export const resendInvitation = (id: string) =>
  take(client.POST('/api/people/invitations/{invitation_id}/resend', invitation(id)))
export const revokeInvitation = (id: string) =>
  take(client.DELETE('/api/people/invitations/{invitation_id}', invitation(id)))
export const acceptInvitation = (token: string) =>
  take(client.POST('/api/invitations/{token}/accept', { params: { path: { token } } }))
export const switchDesk = (tenantId: string) => take(client.POST('/api/me/desk', { body: { tenantId } }))
export const grantSupport = (id: string | null, body: GrantForm) =>
  id === null
    ? take(client.POST('/api/support', { body }))
    : take(client.POST('/api/support/{support_id}/grant', { ...support(id), body }))
export const endSupport = (id: string) => take(client.POST('/api/support/{support_id}/end', support(id)))
export const leaveSupport = () => take(client.POST('/api/support/leave'))
export const askSupport = (tenantId: string, reason: string) =>
  take(client.POST('/api/operator/tenants/{tenant_id}/support', { ...tenant(tenantId), body: { reason } }))
export const enterDesk = (tenantId: string) =>
  take(client.POST('/api/operator/tenants/{tenant_id}/support/enter', tenant(tenantId)))
export const makeKey = (body: KeyForm) => take(client.POST('/api/keys', { body }))
export const revokeKey = (id: string) =>
  take(client.POST('/api/keys/{key_id}/revoke', { params: { path: { key_id: id } } }))

/** A verb after which what is shown of people, keys and support is asked anew. */
export function usePeopleVerb<Args, Answer>(verb: (args: Args) => Promise<Answer>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: verb,
    onSuccess: () =>
      Promise.all(
        ['people', 'support', 'keys', 'session'].map(key => cache.invalidateQueries({ queryKey: [key] })),
      ),
  })
}

/** A new page load at another desk: nothing of the one before stays in memory. */
export const goTo = (address: string) => location.assign(address)
