import { randomUUID } from 'node:crypto'
import type {
  Account,
  AuditEntry,
  Command,
  EquityPoint,
  InstanceDetail,
  Me,
  PlanCode,
  Position,
  Run,
  Template,
  Trade,
} from '../src/api/records.ts'
import { TEMPLATES } from './catalogue.ts'

export interface World {
  me: Me
  accounts: Account[]
  instances: InstanceDetail[]
  trades: Trade[]
  positions: (Position & { accountId: string; instanceId: string })[]
  equity: Map<string, EquityPoint[]>
  logs: Map<string, string[]>
  commands: Map<string, Command[]>
  audit: AuditEntry[]
}

export const PLANS = [
  { code: 'bronze', name: 'Bronze', priceUsdPerMonth: 29, instanceLimit: 3, activeLimit: 1 },
  { code: 'gold', name: 'Gold', priceUsdPerMonth: 79, instanceLimit: 7, activeLimit: 3 },
  { code: 'platinum', name: 'Platinum', priceUsdPerMonth: 199, instanceLimit: 20, activeLimit: 10 },
] satisfies Me['plan'][]

const LOOKING = ['open', 'self', 'read'] as const

export const iso = (msAgo = 0) => new Date(Date.now() - msAgo).toISOString()

export function emptyWorld(email: string, tenantName: string, code: PlanCode): World {
  const plan = PLANS.find(row => row.code === code) ?? PLANS[0]
  if (!plan) throw new Error('no plans')
  const allowance = (limit: number) => ({ limit, used: 0 })
  return {
    me: {
      email,
      isOperator: false,
      role: email.startsWith('viewer') ? 'viewer' : 'owner',
      rights: email.startsWith('viewer') ? [...LOOKING] : [...LOOKING, 'trade', 'deploy', 'admin'],
      tenantId: randomUUID(),
      tenantName,
      plan,
      instances: allowance(plan.instanceLimit),
      active: allowance(plan.activeLimit),
    },
    accounts: [],
    instances: [],
    trades: [],
    positions: [],
    equity: new Map(),
    logs: new Map(),
    commands: new Map(),
    audit: [auditEntry(1, email, 'tenant.created', tenantName)],
  }
}

export function auditEntry(
  sequence: number,
  actor: string,
  action: string,
  subject: string,
  detail: Record<string, unknown> = {},
): AuditEntry {
  const hash = sequence.toString(16).padStart(64, '0')
  const origin = { via: 'session', address: '127.0.0.1', userAgent: 'Mock', requestId: hash.slice(-16) }
  return {
    id: randomUUID(),
    sequence,
    at: iso(),
    actor,
    action,
    subject,
    subjectId: null,
    detail,
    changes: {},
    origin,
    hash,
  }
}

let nextLogin = 500_101

export function addAccount(world: World, label: string, deposit: number, leverage = 100): Account {
  const account: Account = {
    id: randomUUID(),
    label,
    platform: 'paper',
    login: nextLogin++,
    server: 'metafleet-Paper',
    currency: 'USD',
    leverage,
    marginMode: 'hedging',
    balance: deposit,
    equity: deposit,
    margin: 0,
    freeMargin: deposit,
    dayProfit: 0,
    openPositions: 0,
    telemetry: 'none',
    heartbeatAt: null,
    instanceCount: 0,
    createdAt: iso(),
    serverTimezone: '',
    ownTerminal: false,
    trading: { state: 'unknown', since: null },
    brokerLink: { state: 'unknown', at: null },
    troubles: 0,
    failedItems: 0,
  }
  world.accounts.push(account)
  world.equity.set(account.id, [{ at: iso(), balance: deposit, equity: deposit }])
  return account
}

interface Placed {
  template: Template
  account: Account
  symbol: string
  name?: string
  inputs?: Record<string, unknown>
}

export function addInstance(
  world: World,
  { template, account, symbol, name, inputs }: Placed,
): InstanceDetail {
  const properties = (template.version.inputSchema.properties ?? {}) as Record<string, { default: unknown }>
  const defaults = Object.entries(properties).map(([key, property]) => [key, property.default])
  const instance: InstanceDetail = {
    id: randomUUID(),
    name: name || `${template.name} ${symbol}`,
    templateSlug: template.slug,
    templateName: template.name,
    version: template.version.version,
    isVersionWithdrawn: false,
    accountId: account.id,
    accountLabel: account.label,
    symbol,
    currency: account.currency,
    magic: 77_001 + world.instances.length,
    desiredState: 'running',
    state: 'deploying',
    statusText: 'Waiting for its turn',
    lastError: '',
    nextAttemptAt: null,
    pause: null,
    generation: 1,
    equity: account.equity,
    dayProfit: 0,
    totalProfit: 0,
    floatingProfit: 0,
    openPositions: 0,
    tradeCount: 0,
    telemetry: 'none',
    heartbeatAt: null,
    heartbeatAgeS: null,
    createdAt: iso(),
    inputs: { ...Object.fromEntries(defaults), ...inputs },
    inputSchema: template.version.inputSchema,
    timeframe: template.timeframe,
    changelog: template.version.changelog,
    upgrade: null,
    receipt: null,
    runs: [],
  }
  world.instances.push(instance)
  world.logs.set(instance.id, [])
  world.commands.set(instance.id, [])
  account.instanceCount += 1
  return instance
}

export function addRun(instance: InstanceDetail, msAgo = 0): Run {
  const run: Run = {
    id: randomUUID(),
    generation: instance.generation,
    state: 'starting',
    version: instance.version,
    driver: 'process',
    host: 'desk',
    startedAt: iso(msAgo),
    firstHeartbeatAt: null,
    endedAt: null,
    endReason: '',
    isCrash: false,
    hasReceipt: false,
    cpuPercent: 0.8,
    memoryMb: 27.4,
  }
  instance.runs.unshift(run)
  return run
}

/** The receipt that a runner's first heartbeat leads to. */
export function confirm(instance: InstanceDetail, account: Account): void {
  const run = instance.runs[0]
  if (!run?.startedAt) return
  const startedAt = Date.parse(run.startedAt)
  run.state = 'running'
  instance.receipt = {
    runId: run.id,
    generation: instance.generation,
    login: account.login,
    server: account.server,
    symbol: instance.symbol,
    expert: instance.templateSlug,
    version: instance.version,
    contentHash: TEMPLATES[0]?.version.contentHash ?? '',
    driver: 'process',
    host: 'fleet-01',
    pid: 41_237,
    limits: '0.25 CPU, 256 MB',
    deployedAt: instance.createdAt,
    startedAt: run.startedAt,
    firstTickAt: new Date(startedAt + 640).toISOString(),
    firstHeartbeatAt: new Date(startedAt + 910).toISOString(),
  }
}

/** Count anew what lists and totals show of instances and positions. */
export function recount(world: World): void {
  world.me.instances.used = world.instances.length
  world.me.active.used = world.instances.filter(row => row.desiredState !== 'stopped').length
  for (const account of world.accounts) {
    account.instanceCount = world.instances.filter(row => row.accountId === account.id).length
  }
}
