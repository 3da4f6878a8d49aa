import { randomUUID } from 'node:crypto'
import type { Command, FailedItem, NewTerminal, RegisterAccountForm, Terminal } from '../src/api/records.ts'
import { provoke, Refusal } from './refusal.ts'
import type { Call, Handler } from './routes.ts'
import { addAccount, iso, type World } from './world.ts'

const CODE_LIFE_MS = 900_000
const PAIRS_AFTER_MS = 6_000
const FETCHED_AFTER_MS = 700
const DONE_AFTER_MS = 1_600

interface Desk {
  terminals: Terminal[]
  commands: Command[]
  failed: FailedItem[]
}

const desks = new WeakMap<World, Desk>()

function deskOf(world: World): Desk {
  const known = desks.get(world)
  if (known) return known
  const desk: Desk = { terminals: [], commands: [], failed: world.accounts.length > 0 ? [failed(world)] : [] }
  desks.set(world, desk)
  return desk
}

function failed(world: World): FailedItem {
  return {
    id: randomUUID(),
    accountId: world.accounts[0]?.id ?? '',
    accountLabel: world.accounts[0]?.label ?? '',
    kind: 'deal',
    item: '{"ticket":4001777,"symbol":"EURUSD","type":"BUY","volume":-0.1,"openPrice":1.0821}',
    reason: 'volume: expected a number above 0, found -0.1',
    isOurs: false,
    attempt: 0,
    dueAt: null,
    createdAt: iso(40 * 60_000),
  }
}

/** Terminals, commands and failed items, as the hub has them. A pairing code works by itself after a while. */
export const TERMINAL_ROUTES: Record<string, Handler> = {
  'POST /accounts/register': registered,
  'GET /accounts/:id/terminals': ({ world, id }) =>
    deskOf(world).terminals.filter(row => row.accountId === id),
  'POST /accounts/:id/terminals': added,
  'POST /accounts/:id/commands': asked,
  'PATCH /terminals/:id': call => Object.assign(terminal(call), { label: call.body.label }),
  'DELETE /terminals/:id': ({ world, id }) => {
    const desk = deskOf(world)
    desk.terminals = desk.terminals.filter(row => row.id !== id)
  },
  'POST /terminals/:id/revoke': call => Object.assign(terminal(call), { revokedAt: iso() }),
  'POST /terminals/:id/pairing-code': call => pairing(terminal(call)),
  'POST /terminals/:id/troubles': call => {
    terminal(call).troubles = []
  },
  'GET /commands': ({ world, query }) => {
    const rows = deskOf(world).commands.filter(row =>
      [
        ['account', row.accountId],
        ['state', row.state],
        ['type', row.type],
      ].every(([name = '', value]) => !query.get(name) || query.get(name) === value),
    )
    return { items: rows.slice(0, 50), total: rows.length, page: 1, pageSize: 50 }
  },
  'POST /commands/:id/cancel': call => end(command(call), { state: 'dead', error: 'Cancelled' }),
  'POST /commands/:id/requeue': call => {
    const row = command(call)
    Object.assign(row, { state: 'queued', error: '', finishedAt: null, canRequeue: false })
    serve(row)
    return row
  },
  'GET /failed-items': ({ world }) => {
    const items = deskOf(world).failed
    return { items, total: items.length, page: 1, pageSize: 50 }
  },
  'POST /failed-items/:id/retry': () => ({ recorded: false, detail: 'volume: expected a number above 0' }),
  'POST /failed-items/discard': ({ world, body }) => {
    const desk = deskOf(world)
    const before = desk.failed.length
    desk.failed = desk.failed.filter(row => !(body.ids as string[]).includes(row.id))
    return { discarded: before - desk.failed.length }
  },
  'GET /imports': () => [],
}

const terminal = ({ world, id }: Call): Terminal =>
  deskOf(world).terminals.find(row => row.id === id) ?? missing('terminal')
const command = ({ world, id }: Call): Command =>
  deskOf(world).commands.find(row => row.id === id) ?? missing('command')

function missing(what: string): never {
  throw new Refusal(404, `There is no such ${what}. It may have been removed.`)
}

function registered({ world, body }: Call) {
  const form = body as unknown as RegisterAccountForm
  provoke(form.label)
  const { login, server, platform, currency = 'USD', serverTimezone = '' } = form
  const made = addAccount(world, form.label, 0)
  const unsaid = { balance: null, equity: null, margin: null, freeMargin: null }
  return Object.assign(made, {
    login,
    server,
    platform,
    currency,
    serverTimezone,
    ownTerminal: true,
    ...unsaid,
  })
}

function added({ world, id, body }: Call): NewTerminal {
  const account = world.accounts.find(row => row.id === id) ?? missing('trading account')
  const made: Terminal = {
    id: randomUUID(),
    accountId: id,
    accountLabel: account.label,
    login: account.login,
    server: account.server,
    label: String(body.label),
    platform: account.platform,
    hosted: false,
    instanceId: null,
    instanceName: null,
    enrolledAt: null,
    heartbeatAt: null,
    telemetry: 'none',
    linkedAt: null,
    tradeAllowed: null,
    protocol: null,
    build: null,
    version: '',
    utcOffsetS: null,
    revokedAt: null,
    createdAt: iso(),
    troubles: [],
  }
  deskOf(world).terminals.push(made)
  return { ...pairing(made), terminal: made }
}

function pairing(row: Terminal) {
  setTimeout(() => Object.assign(row, { enrolledAt: iso(), revokedAt: null }), PAIRS_AFTER_MS)
  setTimeout(() => {
    const said = { build: 4410, version: '1.0.0', utcOffsetS: 10_800, tradeAllowed: true, protocol: 2 }
    Object.assign(row, { heartbeatAt: iso(), linkedAt: iso(), telemetry: 'fresh', ...said })
  }, PAIRS_AFTER_MS + 3_000)
  return {
    pairingCode: 'MOCK-CODE',
    expiresAt: iso(-CODE_LIFE_MS),
    gatewayUrl: 'http://127.0.0.1:8001',
  }
}

function asked({ world, id, body }: Call): Command {
  const desk = deskOf(world)
  const known = desk.commands.find(row => row.id === body.id)
  if (known) return known
  const account = world.accounts.find(row => row.id === id) ?? missing('trading account')
  const made: Command = {
    id: String(body.id),
    type: String(body.type),
    payload: body.payload as Command['payload'],
    state: 'queued',
    attempt: 0,
    accountId: id,
    accountLabel: account.label,
    terminalId: randomUUID(),
    instanceId: null,
    requestedBy: world.me.email,
    result: null,
    error: '',
    createdAt: iso(),
    dueAt: iso(),
    expiresAt: iso(-300_000),
    finishedAt: null,
    canRequeue: false,
  }
  desk.commands.unshift(made)
  serve(made)
  return made
}

/** Do it a moment later. An order with the comment `fail` is refused by the broker. */
function serve(row: Command): void {
  setTimeout(() => Object.assign(row, { state: 'leased', attempt: row.attempt + 1 }), FETCHED_AFTER_MS)
  const isRefused = row.payload.comment === 'fail'
  setTimeout(() => {
    if (isRefused) end(row, { state: 'failed', error: '10019 Not enough money', canRequeue: true })
    else end(row, { state: 'done', result: { volume: row.payload.volume ?? null } })
  }, DONE_AFTER_MS)
}

function end(row: Command, how: Partial<Command>): Command {
  return Object.assign(row, how, { finishedAt: iso() })
}
