import { client, take } from '@/api/client'
import type { RegisterAccountForm } from '@/api/records'
import type { AskedType, Payload } from '@/api/terminal-records'

const accountPath = (id: string) => ({ params: { path: { account_id: id } } })
const terminalPath = (id: string) => ({ params: { path: { terminal_id: id } } })
const commandPath = (id: string) => ({ params: { path: { command_id: id } } })
const itemPath = (id: string) => ({ params: { path: { item_id: id } } })
const importPath = (id: string) => ({ params: { path: { import_id: id } } })

export const registerAccount = (body: RegisterAccountForm) =>
  take(client.POST('/api/accounts/register', { body }))

export const setTimezone = (id: string, serverTimezone: string) =>
  take(client.PATCH('/api/accounts/{account_id}', { ...accountPath(id), body: { serverTimezone } }))

export const makeTerminal = (accountId: string, label: string) =>
  take(
    client.POST('/api/accounts/{account_id}/terminals', {
      ...accountPath(accountId),
      body: { label },
    }),
  )

export const newPairingCode = (id: string) =>
  take(client.POST('/api/terminals/{terminal_id}/pairing-code', terminalPath(id)))

export const renameTerminal = (id: string, label: string) =>
  take(client.PATCH('/api/terminals/{terminal_id}', { ...terminalPath(id), body: { label } }))

export const revokeTerminal = (id: string) =>
  take(client.POST('/api/terminals/{terminal_id}/revoke', terminalPath(id)))

export const removeTerminal = (id: string) =>
  take(client.DELETE('/api/terminals/{terminal_id}', terminalPath(id)))

export const clearTroubles = (id: string) =>
  take(client.POST('/api/terminals/{terminal_id}/troubles/clear', terminalPath(id)))

export interface Wish {
  /** Made here: sent twice, it is one command still. */
  id: string
  type: AskedType
  payload: Payload
}

export const askTerminal = (accountId: string, wish: Wish) =>
  take(client.POST('/api/accounts/{account_id}/commands', { ...accountPath(accountId), body: wish }))

export const requeueCommand = (id: string) =>
  take(client.POST('/api/commands/{command_id}/requeue', commandPath(id)))

export const cancelCommand = (id: string) =>
  take(client.POST('/api/commands/{command_id}/cancel', commandPath(id)))

export const retryFailed = (id: string) =>
  take(client.POST('/api/failed-items/{item_id}/retry', itemPath(id)))

export const discardFailed = (ids: string[]) =>
  take(client.POST('/api/failed-items/discard', { body: { ids } }))

export const confirmImport = (id: string) =>
  take(client.POST('/api/imports/{import_id}/confirm', importPath(id)))

export const undoImport = (id: string) => take(client.POST('/api/imports/{import_id}/undo', importPath(id)))

export const dropImport = (id: string) => take(client.DELETE('/api/imports/{import_id}', importPath(id)))

/** A random UUID; a page that came without TLS has no `crypto.randomUUID`. */
export function newId(): string {
  if ('randomUUID' in crypto) return crypto.randomUUID()
  const bytes = (crypto as Crypto).getRandomValues(new Uint8Array(16))
  const hex = Array.from(bytes, (byte, at) => {
    const value = at === 6 ? (byte & 0x0f) | 0x40 : at === 8 ? (byte & 0x3f) | 0x80 : byte
    return value.toString(16).padStart(2, '0')
  }).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
