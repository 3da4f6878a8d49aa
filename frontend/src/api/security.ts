import { queryOptions } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import { ask, askInside } from '@/api/door'

/** What proves who somebody is, beside the password. Instants are seconds since 1970. */
export interface Factor {
  type: 'totp' | 'webauthn' | 'recovery_codes'
  created_at: number
  last_used_at: number | null
  id?: number
  name?: string
  total_code_count?: number
  unused_code_count?: number
}

export interface OpenSession {
  id: number
  user_agent: string
  ip: string
  created_at: number
  last_seen_at: number
  is_current: boolean
}

export interface LinkedAccount {
  uid: string
  display: string
  provider: { id: string; name: string }
}

const SECURITY = 'security'

export const factors = () =>
  queryOptions({
    queryKey: [SECURITY, 'factors'],
    queryFn: async () => (await askInside('GET', 'account/authenticators')).data as Factor[],
  })

export const openSessions = () =>
  queryOptions({
    queryKey: [SECURITY, 'sessions'],
    queryFn: async () => (await askInside('GET', 'auth/sessions')).data as OpenSession[],
  })

export const linkedAccounts = () =>
  queryOptions({
    queryKey: [SECURITY, 'linked'],
    queryFn: async () => (await askInside('GET', 'account/providers')).data as LinkedAccount[],
  })

export const signIns = () =>
  queryOptions({
    queryKey: [SECURITY, 'sign-ins'],
    queryFn: ({ signal }) => take(client.GET('/api/me/sign-ins', { signal })),
  })

/** Whether somebody who came by a provider has a password at all. */
export const ownPassword = () =>
  queryOptions({
    queryKey: [SECURITY, 'password'],
    queryFn: async () => {
      const { data } = await askInside('GET', 'auth/session')
      return (data as { user: { has_usable_password: boolean } }).user.has_usable_password
    },
  })

export interface NewTotp {
  secret: string
  totp_url: string
}

/** What an authenticator app is set up with; the secret is a new one each time. */
export async function newTotp(): Promise<NewTotp> {
  // The hub asks who it is only when the code comes. What begins a passkey asks at once, and changes nothing.
  await askInside('GET', 'account/authenticators/webauthn')
  return (await askInside('GET', 'account/authenticators/totp')).meta as unknown as NewTotp
}

export const addTotp = (code: string) => askInside('POST', 'account/authenticators/totp', { code })
export const removeTotp = () => askInside('DELETE', 'account/authenticators/totp')
export const renamePasskey = (id: number, name: string) =>
  askInside('PUT', 'account/authenticators/webauthn', { id, name })
export const removePasskey = (id: number) =>
  askInside('DELETE', 'account/authenticators/webauthn', { authenticators: [id] })

const codesOf = (data: unknown) => (data as { unused_codes?: string[] } | undefined)?.unused_codes ?? []

/** The codes that came with the first factor. They are told once; later the list is empty. */
export const firstRecoveryCodes = async () =>
  codesOf((await askInside('GET', 'account/authenticators/recovery-codes')).data)
export const newRecoveryCodes = async () =>
  codesOf((await askInside('POST', 'account/authenticators/recovery-codes', {})).data)

export const changePassword = (body: { current_password?: string; new_password: string }) =>
  ask('POST', 'account/password/change', body)
export const changeEmail = (email: string) => askInside('POST', 'account/email', { email })
export const confirmNewEmail = (key: string) => askInside('POST', 'auth/email/verify', { key })
export const endSessions = (sessions: number[]) => askInside('DELETE', 'auth/sessions', { sessions })
export const unlink = (account: LinkedAccount) =>
  askInside('DELETE', 'account/providers', { provider: account.provider.id, account: account.uid })

export const confirmByPassword = (password: string) => ask('POST', 'auth/reauthenticate', { password })
export const confirmByCode = (code: string) => ask('POST', 'auth/2fa/reauthenticate', { code })
export const sendConfirmation = (email: string) => ask('POST', 'auth/reauthenticate/code/request', { email })
export const confirmByMail = (code: string) => ask('POST', 'auth/reauthenticate/code/confirm', { code })
