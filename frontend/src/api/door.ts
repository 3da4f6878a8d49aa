import { client, take } from '@/api/client'
import { csrfToken } from '@/api/csrf'
import { ApiError, problemOf, UNREACHABLE } from '@/api/problem'

const BASE = '/_allauth/browser/v1'

/** How somebody may prove who they are; what allauth calls a flow. */
export interface Flow {
  id: string
  is_pending?: boolean
  types?: string[]
  recipients?: { email?: string }[]
}

/** What is missing until one is signed in. */
export type Step =
  | { at: 'none' }
  | { at: 'in' }
  | { at: 'verify' }
  | { at: 'reset' }
  | { at: 'factor'; types: string[] }

/** The hub wants to hear again who this is, before something of weight is changed. */
export class NotConfirmed extends Error {
  readonly flows: Flow[]

  constructor(flows: Flow[]) {
    super('Confirm that it is you.')
    this.flows = flows
  }
}

interface Answer {
  status: number
  data: unknown
  meta: Record<string, unknown>
}

/** A step that is missing, or a thing that is not there yet, is an answer, too. */
const ANSWERS = new Set([200, 202, 401, 404])

/** Call allauth's API. Raises ApiError for a refusal, NotConfirmed where somebody signed in must confirm. */
export async function ask(method: string, path: string, body?: object): Promise<Answer> {
  const headers: Record<string, string> = { Accept: 'application/json' }
  const token = csrfToken()
  if (method !== 'GET' && token) headers['X-CSRFToken'] = token
  if (body) headers['Content-Type'] = 'application/json'
  const init: RequestInit = { method, headers, credentials: 'same-origin' }
  if (body) init.body = JSON.stringify(body)
  const response = await fetch(`${BASE}/${path}`, init).catch(() => {
    throw new ApiError(UNREACHABLE)
  })
  const said = (await response.json().catch(() => ({}))) as Record<string, unknown>
  const isAnswer = ANSWERS.has(response.status) && !('detail' in said)
  if (!isAnswer) throw refusal(said, response.status)
  const meta = (said.meta ?? {}) as Record<string, unknown>
  if (response.status === 401 && meta.is_authenticated) throw new NotConfirmed(flowsOf(said.data))
  return { status: response.status, data: said.data, meta }
}

/** The same for who is signed in: a session that has ended is a refusal. */
export async function askInside(method: string, path: string, body?: object): Promise<Answer> {
  const answer = await ask(method, path, body)
  if (answer.status === 401) throw new ApiError(problemOf({}, 401))
  return answer
}

const SENTENCES: Record<number, string> = {
  409: 'This has run out. Begin again.',
  429: 'Too many tries. Wait a few minutes and try again.',
}

function refusal(said: Record<string, unknown>, status: number): ApiError {
  const faults = Array.isArray(said.errors) ? said.errors : []
  const errors = faults.map(({ param, pointer, message, detail }) => ({
    pointer: pointer ?? (param ? `/${param}` : ''),
    detail: detail ?? message,
  }))
  const detail = said.detail ?? errors[0]?.detail ?? SENTENCES[status]
  return new ApiError(problemOf({ detail, errors }, status))
}

function flowsOf(data: unknown): Flow[] {
  return (data as { flows?: Flow[] } | undefined)?.flows ?? []
}

function stepOf({ status, data }: Answer): Step {
  if (status === 200) return { at: 'in' }
  const pending = flowsOf(data).filter(flow => flow.is_pending)
  for (const { id, types } of pending) {
    if (id === 'mfa_authenticate') return { at: 'factor', types: types ?? [] }
    if (id === 'verify_email') return { at: 'verify' }
    if (id === 'password_reset_by_code') return { at: 'reset' }
  }
  return { at: 'none' }
}

const step = async (method: string, path: string, body?: object) => stepOf(await ask(method, path, body))

export const whereAtDoor = () => step('GET', 'auth/session')
export const beginAgain = () => step('DELETE', 'auth/session')
export const signIn = (body: { email: string; password: string }) => step('POST', 'auth/login', body)
export const signUp = (body: { email: string; password: string; tenant_name: string }) =>
  step('POST', 'auth/signup', body)
export const verifyEmail = (key: string) => step('POST', 'auth/email/verify', { key })
export const sendCodeAgain = () => ask('POST', 'auth/email/verify/resend')
export const proveByCode = (code: string) => step('POST', 'auth/2fa/authenticate', { code })
export const askForReset = (email: string) => step('POST', 'auth/password/request', { email })
export const resetPassword = (body: { key: string; password: string }) =>
  step('POST', 'auth/password/reset', body)

export const passkeyOptions = (path: string) => ask('GET', path)
export const proveByPasskey = (path: string, credential: object) => step('POST', path, { credential })

/** Leave for the provider: what comes back from there is a new page. */
export async function goToProvider(process: 'login' | 'connect', next = '/'): Promise<void> {
  const { url } = await take(client.POST('/api/auth/provider', { body: { process, next } }))
  location.assign(url)
}
