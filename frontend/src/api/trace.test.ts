import createClient from 'openapi-fetch'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { paths } from '@/api/schema.gen'
import { type Told, tracing } from '@/api/trace'

const KEPT = { traceresponse: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }

function client(headers: Record<string, string>, seen: Request[]) {
  const made = createClient<paths>({
    baseUrl: 'http://hub.test',
    fetch: async request => {
      seen.push(request)
      return new Response('{}', { status: 202, headers: { 'Content-Type': 'application/json', ...headers } })
    },
  })
  made.use(tracing)
  return made
}

const resume = (made: ReturnType<typeof client>) =>
  made.POST('/api/instances/{instance_id}/resume', { params: { path: { instance_id: 'i1' } } })

describe('a trace begins in the browser', () => {
  const relay = vi.fn(
    async (_address: string, _said: { body: string }) => new Response(null, { status: 204 }),
  )

  beforeEach(() => {
    vi.useFakeTimers()
    vi.stubGlobal('fetch', relay)
    relay.mockClear()
  })

  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  it('gives each call a traceparent of its own', async () => {
    const seen: Request[] = []
    const made = client({}, seen)
    await resume(made)
    await resume(made)
    const [first, second] = seen.map(request => request.headers.get('traceparent') ?? '')
    expect(first).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
    expect(second).not.toBe(first)
  })

  it('tells the hub what it keeps, by the address without its ids', async () => {
    const seen: Request[] = []
    await resume(client(KEPT, seen))
    vi.runAllTimers()
    const [address, said] = relay.mock.calls[0] ?? ['', { body: '{}' }]
    const [span] = (JSON.parse(said.body) as { spans: Told[] }).spans
    expect(address).toBe('/api/spans')
    expect(span?.name).toBe('POST /api/instances/{instance_id}/resume')
    expect(span?.traceparent).toBe(seen[0]?.headers.get('traceparent'))
    expect(span?.status).toBe(202)
  })

  it('tells nothing where the hub keeps nothing', async () => {
    await resume(client({}, []))
    vi.runAllTimers()
    expect(relay).not.toHaveBeenCalled()
  })
})
