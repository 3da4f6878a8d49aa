import createClient, { type Middleware } from 'openapi-fetch'
import { ApiError, problemOf, UNREACHABLE } from '@/api/problem'
import type { paths } from '@/api/schema.gen'

const UNSAFE = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

const csrf: Middleware = {
  onRequest({ request }) {
    const token = csrfToken()
    if (UNSAFE.has(request.method) && token) request.headers.set('X-CSRFToken', token)
    return request
  },
}

export const client = createClient<paths>({ credentials: 'same-origin' })
client.use(csrf)

interface Reply<Data> {
  data?: Data
  error?: unknown
  response: Response
}

/** Return what a call brought. Raises ApiError for every refusal and for no answer at all. */
export async function take<Data>(call: Promise<Reply<Data>>): Promise<Data> {
  const reply = await call.catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new ApiError(UNREACHABLE)
  })
  if (!reply.response.ok) throw new ApiError(problemOf(reply.error, reply.response.status))
  return reply.data as Data
}

/** Over HTTPS the hub gives it the name that browsers take from no other host. */
export function csrfToken(): string | undefined {
  return cookie('__Host-csrftoken') ?? cookie('csrftoken')
}

function cookie(name: string): string | undefined {
  const pair = document.cookie.split('; ').find(part => part.startsWith(`${name}=`))
  return pair && decodeURIComponent(pair.slice(name.length + 1))
}
