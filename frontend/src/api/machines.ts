import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { client, take } from '@/api/client'
import type { components } from '@/api/schema.gen'

type Schemas = components['schemas']

export type Machine = Schemas['Machine']
export type MachineDetail = Schemas['MachineDetail']
export type MachineSample = Schemas['MachineSample']
export type MachineTerminal = Schemas['MachineTerminal']
export type WatchedTerminal = Schemas['WatchedTerminal']
export type NewMachine = Schemas['NewMachine']

/** The stream tells of each report; so often the list is also asked for, should a word be lost. */
const LOOK_MS = 15_000
const AWAITED_MS = 2_000

/** `isAwaited`: somebody stands there and waits for one to come alive. */
export const machines = (isAwaited = false) =>
  queryOptions({
    queryKey: ['machines'],
    queryFn: ({ signal }) => take(client.GET('/api/machines', { signal })),
    refetchInterval: isAwaited ? AWAITED_MS : LOOK_MS,
  })

export const machine = (id: string) =>
  queryOptions({
    queryKey: ['machines', id],
    queryFn: ({ signal }) => take(client.GET('/api/machines/{machine_id}', { ...path(id), signal })),
    refetchInterval: LOOK_MS,
  })

const path = (id: string) => ({ params: { path: { machine_id: id } } })

export const makeMachineReady = (label: string, accountIds: string[]) =>
  take(client.POST('/api/machines', { body: { label, accountIds } }))

export const renameMachine = (id: string, label: string) =>
  take(client.PATCH('/api/machines/{machine_id}', { ...path(id), body: { label } }))

export const revokeMachine = (id: string) => take(client.POST('/api/machines/{machine_id}/revoke', path(id)))

export const forgetMachine = (id: string) => take(client.DELETE('/api/machines/{machine_id}', path(id)))

/** What changes machines changes their terminals, and with these their accounts. */
export function useMachineVerb<Said, Done>(verb: (said: Said) => Promise<Done>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: verb,
    onSuccess: () => {
      for (const name of ['machines', 'accounts', 'audit']) void cache.invalidateQueries({ queryKey: [name] })
    },
  })
}
