import type { LiveMessage } from '../src/api/live-messages.ts'
import type { InstanceDetail } from '../src/api/records.ts'
import { SYMBOLS } from './catalogue.ts'
import type { tick } from './market.ts'
import { addRun, confirm, iso, recount, type World } from './world.ts'

type Tell = (message: LiveMessage) => void

/** One second of a world: prices move, positions float, heartbeats arrive. */
export function liveOneSecond(world: World, moves: ReturnType<typeof tick>, beat: number, tell: Tell): void {
  for (const { symbol, bar } of moves) tell({ type: 'candle', server: 'metafleet-Paper', symbol, ...bar })
  floatPositions(world, moves)
  total(world)
  for (const row of world.instances) {
    if (beat % 3 === row.magic % 3 && isAlive(row)) heartbeat(world, row, tell)
  }
  if (beat % 7 === 0) for (const account of world.accounts) tell({ type: 'positions', accountId: account.id })
}

const isAlive = (row: InstanceDetail) => row.state === 'running' || row.state === 'paused'

function floatPositions(world: World, moves: ReturnType<typeof tick>): void {
  for (const position of world.positions) {
    const price = moves.find(move => move.symbol === position.symbol)?.bar.close ?? position.currentPrice
    const size = SYMBOLS.find(spec => spec.name === position.symbol)?.contractSize ?? 100_000
    const sign = position.side === 'buy' ? 1 : -1
    const quoted = (price - position.openPrice) * sign * position.volume * size
    position.currentPrice = price
    position.profit = Number((position.symbol === 'USDJPY' ? quoted / price : quoted).toFixed(2))
  }
}

/** Write into instances and accounts what their trades and positions add up to. */
export function total(world: World): void {
  const midnight = new Date().setUTCHours(0, 0, 0, 0)
  const sum = (rows: { netProfit: number }[]) => rows.reduce((all, row) => all + row.netProfit, 0)
  for (const row of world.instances) {
    const own = world.trades.filter(trade => trade.instanceId === row.id)
    const open = world.positions.filter(position => position.instanceId === row.id)
    row.floatingProfit = open.reduce((all, position) => all + position.profit, 0)
    row.openPositions = open.length
    row.tradeCount = own.length
    row.totalProfit = sum(own) + row.floatingProfit
    row.dayProfit =
      sum(own.filter(trade => Date.parse(trade.exitedAt ?? '') >= midnight)) + row.floatingProfit
  }
  for (const account of world.accounts) {
    const own = world.instances.filter(row => row.accountId === account.id)
    const floating = own.reduce((all, row) => all + row.floatingProfit, 0)
    account.equity = Number(((account.balance ?? 0) + floating).toFixed(2))
    account.margin = own.some(row => row.openPositions > 0) ? 131.2 : 0
    account.freeMargin = account.equity - account.margin
    account.dayProfit = own.reduce((all, row) => all + row.dayProfit, 0)
    account.openPositions = own.reduce((all, row) => all + row.openPositions, 0)
    for (const row of own) row.equity = account.equity
  }
}

function heartbeat(world: World, row: InstanceDetail, tell: Tell): void {
  const account = world.accounts.find(found => found.id === row.accountId)
  if (!account) return
  const at = iso()
  row.heartbeatAt = account.heartbeatAt = at
  row.telemetry = account.telemetry = 'fresh'
  const { balance, equity, margin, freeMargin, openPositions } = account
  world.equity.get(account.id)?.push({ at, balance: balance ?? 0, equity: equity ?? 0 })
  tell({
    type: 'heartbeat',
    accountId: account.id,
    instanceId: row.id,
    at,
    balance: balance ?? 0,
    equity: equity ?? 0,
    margin: margin ?? 0,
    freeMargin: freeMargin ?? 0,
    profit: (equity ?? 0) - (balance ?? 0),
    openPositions,
    status: row.state,
  })
}

/** Deploy in steps as the hub does. An instance named `fail-deploy` fails instead. */
export function start(world: World, row: InstanceDetail, tell: Tell): void {
  const account = world.accounts.find(found => found.id === row.accountId)
  if (!account) return
  const say = (changes: Partial<InstanceDetail>) => {
    Object.assign(row, changes)
    world.logs.get(row.id)?.push(`${iso().slice(0, 19)} runner: ${changes.statusText || changes.state}`)
    tell({ type: 'instance', id: row.id, accountId: row.accountId })
  }
  say({ state: 'deploying', statusText: 'Waiting for its turn', lastError: '', nextAttemptAt: null })
  setTimeout(() => {
    addRun(row)
    say({ statusText: 'Process started, waiting for its first heartbeat' })
  }, 600)
  if (row.name.includes('fail-deploy')) {
    const lastError = 'The broker refused the account’s credentials.'
    const statusText = 'Not tried again by itself: mend the cause, then resume it'
    setTimeout(() => say({ state: 'error', lastError, statusText }), 1400)
    return
  }
  setTimeout(() => {
    row.heartbeatAt = account.heartbeatAt = iso()
    say({ statusText: 'Signed in at the broker, waiting for the first tick' })
  }, 1200)
  setTimeout(() => {
    confirm(row, account)
    say({ state: row.desiredState === 'paused' ? 'paused' : 'running', statusText: '' })
  }, 1800)
}

/** Do what was asked, a moment later, and leave the command behind as done. */
export function ask(world: World, row: InstanceDetail, type: string, after: () => void, tell: Tell): void {
  const commands = world.commands.get(row.id)
  commands?.unshift({
    id: crypto.randomUUID(),
    type,
    state: 'leased',
    payload: {},
    attempt: 1,
    accountId: row.accountId,
    accountLabel: row.accountLabel,
    terminalId: row.id,
    instanceId: row.id,
    requestedBy: world.me.email,
    result: null,
    error: '',
    createdAt: iso(),
    dueAt: iso(),
    expiresAt: null,
    finishedAt: null,
    canRequeue: false,
  })
  setTimeout(() => {
    Object.assign(commands?.[0] ?? {}, { state: 'done', finishedAt: iso() })
    after()
    recount(world)
    tell({ type: 'instance', id: row.id, accountId: row.accountId })
  }, 900)
}
