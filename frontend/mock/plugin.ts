import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Connect, Plugin } from 'vite'
import { type WebSocket, WebSocketServer } from 'ws'
import type { LiveMessage } from '../src/api/live-messages.ts'
import type { SessionInfo } from '../src/api/records.ts'
import { demoWorld } from './demo.ts'
import { sharedPage } from './journal-desk.ts'
import { liveOneSecond, total } from './life.ts'
import { tick } from './market.ts'
import { provoke, Refusal } from './refusal.ts'
import { ROUTES } from './routes.ts'
import { emptyWorld, type World } from './world.ts'

const DEMO = { demoEmail: 'demo@metafleet.local', demoPassword: 'paper-money-only' }
const DOOR = { sendsMail: false, providerName: null }
const DOOR_PATH = '/_allauth/browser/v1/'
const COOKIE = 'mock'
/** As the hub says it, so that what it would forbid fails here too. */
const POLICY =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

interface MockedServer {
  httpServer: unknown
  middlewares: Connect.Server
}

/** A back end in memory behind `vite --mode mock`, typed by the same schema as the real one. */
export function mockBackEnd(): Plugin {
  return { name: 'metafleet-mock', configureServer: serve(false), configurePreviewServer: serve(true) }
}

const worlds = new Map<string, World>()
const streams = new Map<WebSocket, World>()

function serve(hasPolicy: boolean) {
  return ({ middlewares, httpServer }: MockedServer) => {
    middlewares.use((request, response, next) => {
      if (hasPolicy) response.setHeader('Content-Security-Policy', POLICY)
      if (/^\/(?:api|_allauth)\//.test(request.url ?? '')) void answer(request, response)
      else next()
    })
    const sockets = new WebSocketServer({ noServer: true })
    const server = httpServer as Server
    server.on('upgrade', (request, socket, head) => {
      if (!request.url?.startsWith('/live')) return
      sockets.handleUpgrade(request, socket, head, stream => follow(stream, worldOf(request)))
    })
    const timer = setInterval(live, 1000)
    timer.unref()
    server.on('close', () => clearInterval(timer))
  }
}

let beat = 0

function live(): void {
  beat += 1
  const moves = tick(Date.now())
  for (const world of worlds.values()) liveOneSecond(world, moves, beat, message => tell(world, message))
}

function tell(world: World, message: LiveMessage): void {
  for (const [stream, owner] of streams) if (owner === world) stream.send(JSON.stringify(message))
}

function follow(stream: WebSocket, world: World | undefined): void {
  if (!world) {
    stream.close(4401)
    return
  }
  streams.set(stream, world)
  stream.on('close', () => streams.delete(stream))
  stream.send(JSON.stringify({ type: 'hello', at: new Date().toISOString() }))
}

/** Who is signed in stands in the cookie itself; a world is made when it is first asked for. */
function worldOf(request: IncomingMessage): World | undefined {
  const email = decodeURIComponent(/(?:^|; )mock=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '')
  return email ? enter(email, 'Your desk') : undefined
}

function enter(email: string, name: string): World {
  const known = worlds.get(email)
  if (known) return known
  const world = email.startsWith('new') ? emptyWorld(email, name, 'bronze') : demoWorld(email)
  total(world)
  worlds.set(email, world)
  return world
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const result = handle(request, response, await bodyOf(request))
    response.setHeader('Content-Type', 'application/json')
    if (result === undefined) response.statusCode = 204
    response.end(result === undefined ? undefined : JSON.stringify(result))
  } catch (error) {
    const refusal = error instanceof Refusal ? error : new Refusal(500, String(error))
    response.statusCode = refusal.status
    response.setHeader('Content-Type', 'application/problem+json')
    const { status, message: detail, errors } = refusal
    response.end(JSON.stringify({ type: 'about:blank', title: '', status, detail, instance: 'mock', errors }))
  }
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text ? JSON.parse(text) : {}
}

function handle(request: IncomingMessage, response: ServerResponse, body: Record<string, unknown>): unknown {
  const url = new URL(request.url ?? '/', 'http://mock')
  const path = url.pathname.replace('/api', '')
  const world = worldOf(request)
  if (path === '/session') {
    return { ...DOOR, ...(world ? { me: world.me } : { me: null, ...DEMO }) } satisfies SessionInfo
  }
  if (path.startsWith(DOOR_PATH)) return atDoor(path.slice(DOOR_PATH.length), request, response, body, world)
  if (path === '/auth/sign-out') return leave(response)
  if (path.startsWith('/public/shares/')) return sharedPage(path.split('/')[3] ?? '')
  if (!world) throw new Refusal(401, 'You are signed out. Sign in and try again.')
  const [, first = '', second = '', third = ''] = path.split('/')
  const exact = ROUTES[`${request.method} ${path}`]
  const handler = exact ?? ROUTES[`${request.method} /${first}/:id${third && `/${third}`}`]
  if (!handler) throw new Refusal(404, 'There is nothing at this address of the API.')
  const result = handler({ world, query: url.searchParams, body, id: second, tell: m => tell(world, m) })
  return structuredClone(result)
}

/** What the screens ask of allauth's API; nothing of it is kept. */
function atDoor(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  body: Record<string, unknown>,
  world: World | undefined,
): unknown {
  if (path === 'auth/login' || path === 'auth/signup') return signIn(response, body)
  if (!world) {
    response.statusCode = 401
    return { status: 401, data: { flows: [{ id: 'login' }] }, meta: { is_authenticated: false } }
  }
  const seen = { created_at: 1_790_000_000, last_seen_at: Date.now() / 1000, is_current: true }
  const agent = request.headers['user-agent'] ?? ''
  if (path === 'auth/sessions')
    return { status: 200, data: [{ id: 1, user_agent: agent, ip: '127.0.0.1', ...seen }] }
  if (path === 'auth/session') return { status: 200, data: { user: { has_usable_password: true } } }
  if (path.startsWith('account/') && request.method === 'GET') return { status: 200, data: [] }
  throw new Refusal(409, 'The mock keeps no passwords, factors or sessions.')
}

function signIn(response: ServerResponse, body: Record<string, unknown>) {
  const email = String(body.email)
  provoke(email)
  if (body.password === 'wrong') throw new Refusal(400, 'This email and password do not belong together.')
  response.setHeader('Set-Cookie', `${COOKIE}=${encodeURIComponent(email)}; Path=/; HttpOnly; SameSite=Lax`)
  enter(email, String(body.tenant_name ?? 'Your desk'))
  return { status: 200, data: {}, meta: { is_authenticated: true } }
}

function leave(response: ServerResponse): undefined {
  response.setHeader('Set-Cookie', `${COOKIE}=; Path=/; Max-Age=0`)
  return undefined
}
