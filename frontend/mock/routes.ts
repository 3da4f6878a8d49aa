import type { LiveMessage } from '../src/api/live-messages.ts'
import type {
  Account,
  ConnectAccountForm,
  DeployForm,
  DeployReview,
  InstanceDetail,
  OpenAccountForm,
} from '../src/api/records.ts'
import { SYMBOLS, TEMPLATES } from './catalogue.ts'
import { fleetWindow } from './fleet.ts'
import { overview } from './journal.ts'
import { JOURNAL_ROUTES } from './journal-routes.ts'
import { ask, start, total } from './life.ts'
import { bars } from './market.ts'
import { PLAN_ROUTES } from './plans.ts'
import { provoke, Refusal } from './refusal.ts'
import { TERMINAL_ROUTES } from './terminals.ts'
import { addAccount, addInstance, auditEntry, recount, type World } from './world.ts'

export interface Call {
  world: World
  query: URLSearchParams
  body: Record<string, unknown>
  id: string
  tell: (message: LiveMessage) => void
}

export type Handler = (call: Call) => unknown

export const ROUTES: Record<string, Handler> = {
  ...PLAN_ROUTES,
  ...TERMINAL_ROUTES,
  'GET /me': ({ world }) => world.me,
  'GET /symbols': () => SYMBOLS,
  'GET /overview': ({ world }) => overview(world),
  'GET /accounts': ({ world }) => world.accounts,
  'POST /accounts/open': call => opened(call, call.body as unknown as OpenAccountForm),
  'POST /accounts/connect': call => connected(call, call.body as unknown as ConnectAccountForm),
  'GET /accounts/:id': call => account(call),
  'PATCH /accounts/:id': call => {
    provoke(String(call.body.label ?? ''))
    return Object.assign(account(call), call.body)
  },
  'DELETE /accounts/:id': call => {
    const { label } = account(call)
    provoke(label)
    call.world.accounts = call.world.accounts.filter(row => row.id !== call.id)
  },
  'GET /accounts/:id/equity': call => equity(call, account(call).id),
  'GET /accounts/:id/positions': ({ world, id }) => world.positions.filter(row => row.accountId === id),
  'GET /templates': () => TEMPLATES,
  'GET /templates/:id': ({ id }) => TEMPLATES.find(row => row.slug === id) ?? missing('EA'),
  'GET /templates/:id/versions': ({ id }) =>
    TEMPLATES.filter(row => row.slug === id).map(row => ({ ...row.version, state: 'released' })),
  'GET /fleet': ({ world, query }) => fleetWindow(world.instances, query),
  'GET /instances': ({ world }) => world.instances,
  'POST /instances': deployed,
  'POST /instances/review': reviewed,
  'GET /instances/:id': call => instance(call),
  'PATCH /instances/:id': call => {
    const row = instance(call)
    const faults = inputFaults(call.body.inputs as Record<string, unknown>)
    if (faults.length > 0) throw new Refusal(400, 'An input was refused.', faults)
    ask(call.world, row, 'CONFIGURE', () => undefined, call.tell)
    return Object.assign(row, { inputs: call.body.inputs })
  },
  'DELETE /instances/:id': call => {
    call.world.instances = call.world.instances.filter(row => row.id !== call.id)
    recount(call.world)
  },
  'POST /instances/:id/pause': call => {
    const pause = { mode: 'hold', reason: '', until: null, ...call.body, by: 'demo', byPerson: true } as const
    return wish(call, 'PAUSE', { desiredState: 'paused', pause }, { state: 'paused' })
  },
  'POST /instances/:id/resume': call => {
    const row = instance(call)
    if (row.state === 'running' || row.state === 'paused') {
      return wish(call, 'RESUME', { desiredState: 'running', pause: null }, { state: 'running' })
    }
    Object.assign(row, { desiredState: 'running', generation: row.generation + 1 })
    recount(call.world)
    start(call.world, row, call.tell)
    return row
  },
  'POST /instances/:id/stop': call => {
    if (call.body.closePositions) {
      call.world.positions = call.world.positions.filter(row => row.instanceId !== call.id)
    }
    const wanted = { desiredState: 'stopped', state: 'stopping', statusText: 'Stopping' } as const
    return wish(call, 'STOP', wanted, { state: 'stopped', statusText: '' })
  },
  'GET /instances/:id/runs': call => {
    const rows = instance(call).runs
    return { items: rows, total: rows.length, page: 1, pageSize: rows.length }
  },
  'GET /instances/:id/positions': ({ world, id }) => world.positions.filter(row => row.instanceId === id),
  'GET /instances/:id/trades': ({ world, id, query }) =>
    world.trades
      .filter(row => row.instanceId === id)
      .toSorted((a, b) => (b.exitedAt ?? '').localeCompare(a.exitedAt ?? ''))
      .slice(0, Number(query.get('limit') ?? 50)),
  'GET /instances/:id/equity': call => equity(call, instance(call).accountId),
  'GET /instances/:id/candles': call => bars.get(instance(call).symbol) ?? [],
  'GET /instances/:id/log': ({ world, id, query }) => {
    const lines = world.logs.get(id) ?? []
    return { lines: lines.slice(Number(query.get('offset') ?? 0)), nextOffset: lines.length }
  },
  'GET /instances/:id/commands': ({ world, id }) => world.commands.get(id) ?? [],
  ...JOURNAL_ROUTES,
  'GET /audit': ({ world, query }) => auditPage(world, query),
  'GET /audit/choices': ({ world }) => ({
    people: [...new Set(world.audit.map(row => row.actor))],
    actions: [...new Set(world.audit.map(row => row.action))],
  }),
  'GET /audit/verification': ({ world }) => ({
    isWhole: true,
    entries: world.audit.length,
    first: 1,
    last: world.audit.length,
    hash: world.audit.at(-1)?.hash ?? '',
    checkpoints: 0,
    troubles: [],
    checkpoint: null,
  }),
  'GET /me/sign-ins': () => [],
}

function missing(what: string): never {
  throw new Refusal(404, `There is no such ${what}. It may have been removed.`)
}

const account = ({ world, id }: Call): Account =>
  world.accounts.find(row => row.id === id) ?? missing('trading account')

const instance = ({ world, id }: Call): InstanceDetail =>
  world.instances.find(row => row.id === id) ?? missing('EA instance')

function equity({ world, query }: Call, accountId: string) {
  const since = Date.now() - Number(query.get('hours') ?? 24) * 3_600_000
  return (world.equity.get(accountId) ?? []).filter(point => Date.parse(point.at) >= since)
}

function opened({ world }: Call, form: OpenAccountForm): Account {
  provoke(form.label)
  note(world, 'account.connected', form.label)
  return addAccount(world, form.label, form.deposit, form.leverage)
}

function connected({ world }: Call, form: ConnectAccountForm): Account {
  provoke(form.label)
  if (form.password === 'wrong') {
    const detail = 'The broker refused this login and password.'
    throw new Refusal(400, detail, [{ pointer: '/password', detail }])
  }
  note(world, 'account.connected', form.label)
  return Object.assign(addAccount(world, form.label, 25_000), { login: form.login })
}

function deployed(call: Call): InstanceDetail {
  const form = call.body as unknown as DeployForm
  provoke(form.name)
  const problem = reviewed(call).problems[0]
  if (problem) throw new Refusal(409, problem.detail, [problem])
  const template = TEMPLATES.find(row => row.id === form.templateId) ?? missing('EA')
  const owner = call.world.accounts.find(row => row.id === form.accountId) ?? missing('trading account')
  const row = addInstance(call.world, { ...form, inputs: form.inputs ?? {}, template, account: owner })
  note(call.world, 'instance.deployed', row.name, { symbol: row.symbol })
  recount(call.world)
  total(call.world)
  start(call.world, row, call.tell)
  return row
}

function reviewed({ world, body }: Call): DeployReview {
  const form = body as unknown as DeployForm
  const inputs = form.inputs ?? {}
  const problems = inputFaults(inputs)
  const { plan, active } = world.me
  const isTaken = world.instances.some(
    row => row.accountId === form.accountId && row.symbol === form.symbol && row.desiredState !== 'stopped',
  )
  if (isTaken) {
    problems.push({ pointer: '/symbol', detail: `An EA trades ${form.symbol} on this account already.` })
  }
  if (active.used >= active.limit) {
    const detail = `The ${plan.name} plan allows ${active.limit} active EAs, and you have ${active.limit}. Stop one or change the plan.`
    problems.push({ pointer: '', detail })
  }
  const { instances } = world.me
  return { problems, inputs, instances, active, cpu: 0.25, memoryMb: 256 }
}

function inputFaults(inputs: Record<string, unknown>) {
  if (!('fast_period' in inputs) || Number(inputs.fast_period) < Number(inputs.slow_period)) return []
  const detail = `must be less than slow_period (${inputs.slow_period}); found ${inputs.fast_period}`
  return [{ pointer: '/inputs/fast_period', detail }]
}

function wish(
  call: Call,
  type: string,
  wanted: Partial<InstanceDetail>,
  then: Partial<InstanceDetail>,
): InstanceDetail {
  const row = instance(call)
  provoke(row.name)
  note(call.world, `instance.${type === 'STOP' ? 'stopped' : `${type.toLowerCase()}d`}`, row.name)
  ask(call.world, row, type, () => Object.assign(row, then), call.tell)
  return Object.assign(row, wanted)
}

function auditPage(world: World, query: URLSearchParams) {
  const is = (name: string, value: string) => !query.get(name) || query.get(name) === value
  const found = world.audit.filter(row => is('actor', row.actor) && is('action', row.action)).toReversed()
  const first = found.findIndex(row => row.id === query.get('after')) + 1
  return found.slice(first, first + Number(query.get('limit') ?? 100))
}

function note(world: World, action: string, subject: string, detail: Record<string, unknown> = {}): void {
  world.audit.push(auditEntry(world.audit.length + 1, world.me.email, action, subject, detail))
}
