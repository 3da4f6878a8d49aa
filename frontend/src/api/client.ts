import createClient, { type Middleware } from 'openapi-fetch'
import { csrfToken } from '@/api/csrf'
import { ApiError, problemOf, UNREACHABLE } from '@/api/problem'
import type { paths } from '@/api/schema.gen'
import { tracing } from '@/api/trace'

const UNSAFE = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

const csrf: Middleware = {
  onRequest({ request }) {
    const token = csrfToken()
    if (UNSAFE.has(request.method) && token) request.headers.set('X-CSRFToken', token)
    return request
  },
}

export const client = createClient<paths>({ credentials: 'same-origin' })
client.use(csrf, tracing)

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
