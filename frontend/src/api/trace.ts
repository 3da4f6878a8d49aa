import type { Middleware } from 'openapi-fetch'
import { csrfToken } from '@/api/csrf'

/** The browser's part of a trace (W3C Trace Context): each call of ours begins one. The hub says by
 * `traceresponse` which it keeps; those are told to it a moment later, many at once. */

const SEND_AFTER_MS = 2_000
const MOST = 64

interface Begun {
  traceparent: string
  at: number
}

export interface Told {
  name: string
  traceparent: string
  beganMs: number
  endedMs: number
  status: number
}

const begun = new Map<string, Begun>()
let waiting: Told[] = []

export const tracing: Middleware = {
  onRequest({ request, id }) {
    const traceparent = `00-${hex(16)}-${hex(8)}-01`
    begun.set(id, { traceparent, at: now() })
    request.headers.set('traceparent', traceparent)
    return request
  },
  onResponse({ request, response, schemaPath, id }) {
    const call = begun.get(id)
    begun.delete(id)
    if (call && response.headers.has('traceresponse')) {
      tell({
        name: `${request.method} ${schemaPath}`,
        traceparent: call.traceparent,
        beganMs: call.at,
        endedMs: now(),
        status: response.status,
      })
    }
  },
  onError({ id }) {
    begun.delete(id)
  },
}

function tell(span: Told) {
  if (waiting.length === 0) setTimeout(send, SEND_AFTER_MS)
  if (waiting.length < MOST) waiting.push(span)
}

/** A trace is worth no retry: what does not arrive is missing. */
function send() {
  const spans = waiting
  waiting = []
  const headers = { 'Content-Type': 'application/json', 'X-CSRFToken': csrfToken() ?? '' }
  void fetch('/api/spans', {
    method: 'POST',
    credentials: 'same-origin',
    keepalive: true,
    headers,
    body: JSON.stringify({ spans }),
  }).catch(() => undefined)
}

function now(): number {
  return performance.timeOrigin + performance.now()
}

function hex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), byte =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}
