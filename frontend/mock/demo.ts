import { randomUUID } from 'node:crypto'
import type { Account, InstanceDetail, Trade } from '../src/api/records.ts'
import { SYMBOLS, TEMPLATES } from './catalogue.ts'
import { bars, lastPrice, noise, seeded } from './market.ts'
import { addAccount, addInstance, addRun, confirm, emptyWorld, iso, recount, type World } from './world.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const random = seeded(11)

/** A tenant with some weeks behind it: the demo of the mock. */
export function demoWorld(email: string): World {
  const world = emptyWorld(email, 'Northwind Desk', 'gold')
  const [trend, grid] = TEMPLATES
  if (!trend || !grid) throw new Error('the mock has no templates')
  const main = addAccount(world, 'Paper USD main', 10_000)
  const second = addAccount(world, 'Paper USD grid', 10_000)
  const rows = [
    addInstance(world, { template: trend, account: main, symbol: 'EURUSD', inputs: { fast_period: 9 } }),
    addInstance(world, { template: grid, account: second, symbol: 'GBPUSD' }),
    addInstance(world, { template: trend, account: second, symbol: 'XAUUSD', name: 'Gold trend, careful' }),
    addInstance(world, { template: grid, account: main, symbol: 'USDJPY', name: 'Yen grid test' }),
  ]
  for (const row of rows) live(world, row)
  const [, , careful, yen] = rows
  if (careful) Object.assign(careful, { state: 'paused', desiredState: 'paused' })
  if (yen) stopFor(yen)
  for (const account of world.accounts) curve(world, account)
  recount(world)
  return world
}

function live(world: World, row: InstanceDetail): void {
  const account = world.accounts.find(found => found.id === row.accountId)
  if (!account) return
  row.createdAt = iso(31 * DAY)
  addRun(row, 30 * DAY)
  confirm(row, account)
  row.state = 'running'
  row.statusText = ''
  row.telemetry = account.telemetry = 'fresh'
  row.heartbeatAt = account.heartbeatAt = iso(1500)
  account.createdAt = iso(32 * DAY)
  history(world, row, account)
  world.logs.set(row.id, [
    `${iso(30 * DAY).slice(0, 19)} runner: signed in as ${account.login} at ${account.server}`,
    ...Array.from({ length: 60 }, (_, i) => logLine(row, (60 - i) * 55_000)),
  ])
  open(world, row)
}

function logLine(row: InstanceDetail, msAgo: number): string {
  const at = iso(msAgo).slice(0, 19)
  const words = ['bar closed, no crossing', 'stop moved by 12 points', 'bar closed, spread 6 points']
  if (random() < 0.05) return `${at} warning: spread 31 points, entry skipped`
  return `${at} ${row.symbol} ${words[Math.floor(random() * words.length)]}`
}

function history(world: World, row: InstanceDetail, account: Account): void {
  for (let day = 44; day >= 0; day -= 1) {
    const count = Math.floor(random() * 4)
    for (let n = 0; n < count; n += 1) {
      const exited = Date.now() - day * DAY - random() * (day === 0 ? 5 : 20) * HOUR
      world.trades.push(trade(row, account, exited, world.trades.length))
    }
  }
}

function trade(row: InstanceDetail, account: Account, exited: number, index: number): Trade {
  const held = 600 + random() * 9000
  const digits = SYMBOLS.find(spec => spec.name === row.symbol)?.digits ?? 5
  const profit = Number((noise() * 24 + 4).toFixed(2))
  const commission = -0.35
  const recent = (bars.get(row.symbol) ?? []).findLast(bar => bar.time * 1000 <= exited)
  const exit = recent?.close ?? lastPrice(row.symbol) * (1 + noise() * 0.004)
  const side = random() < 0.5 ? 'buy' : 'sell'
  const way = side === 'buy' ? 1 : -1
  const entry = exit - (way * profit) / 10_000
  const risk = 0.0008 + random() * 0.0016
  const against = Math.max(0, -profit / 10_000) + random() * risk * 0.6
  const favour = Math.max(0, profit / 10_000) + random() * risk * 0.8
  const place = (value: number) => Number(value.toFixed(digits))
  return {
    part: 0,
    magic: row.magic,
    stopLoss: place(entry - way * risk),
    takeProfit: place(entry + way * risk * 2),
    initialStop: place(entry - way * risk),
    r: Number((profit / (risk * 10_000)).toFixed(2)),
    mae: place(against),
    mfe: place(favour),
    maeMoney: -Number((against * 10_000).toFixed(2)),
    mfeMoney: Number((favour * 10_000).toFixed(2)),
    tags: random() < 0.3 ? [random() < 0.5 ? 'breakout' : 'news'] : [],
    rating: random() < 0.2 ? Math.ceil(random() * 5) : null,
    hasNote: random() < 0.15,
    screenshots: 0,
    id: randomUUID(),
    accountId: account.id,
    accountLabel: account.label,
    instanceId: row.id,
    instanceName: row.name,
    positionId: 4_000_100 + index,
    symbol: row.symbol,
    side,
    state: 'closed',
    volume: 0.1,
    entryPrice: Number(entry.toFixed(digits)),
    exitPrice: Number(exit.toFixed(digits)),
    enteredAt: new Date(exited - held * 1000).toISOString(),
    exitedAt: new Date(exited).toISOString(),
    durationS: Math.round(held),
    profit,
    commission,
    swap: 0,
    fee: 0,
    netProfit: Number((profit + commission).toFixed(2)),
    exitReason: profit > 0 ? (random() < 0.6 ? 'tp' : 'expert') : 'sl',
    currency: account.currency,
    comment: 'trend 5m',
  }
}

function open(world: World, row: InstanceDetail): void {
  const digits = SYMBOLS.find(spec => spec.name === row.symbol)?.digits ?? 5
  const now = lastPrice(row.symbol)
  const at = (share: number) => Number((now * (1 + share)).toFixed(digits))
  world.positions.push({
    accountId: row.accountId,
    instanceId: row.id,
    ticket: 4_009_000 + world.positions.length,
    symbol: row.symbol,
    side: 'buy',
    volume: 0.12,
    openPrice: at(-0.0006),
    currentPrice: now,
    profit: 7.4,
    swap: 0,
    stopLoss: at(-0.0019),
    takeProfit: at(0.0021),
    magic: row.magic,
    comment: 'trend 5m',
    openedAt: iso(1.4 * HOUR),
  })
}

function stopFor(row: InstanceDetail): void {
  Object.assign(row, { state: 'stopped', desiredState: 'stopped', heartbeatAt: iso(5 * HOUR) })
  const run = row.runs[0]
  if (run) Object.assign(run, { state: 'ended', endedAt: iso(5 * HOUR), endReason: 'Stopped as asked' })
}

/** The balance that the trades made, and an equity that floats around it. */
function curve(world: World, account: Account): void {
  const own = world.trades.filter(row => row.accountId === account.id)
  const points = Array.from({ length: 1500 }, (_, index) => {
    const at = Date.now() - 30 * DAY + (index / 1499) * 30 * DAY
    const made = own.filter(row => Date.parse(row.exitedAt ?? '') <= at)
    const balance = 10_000 + made.reduce((sum, row) => sum + row.netProfit, 0)
    const floating = Math.sin(index / 9) * 9 + noise() * 5
    return { at: new Date(at).toISOString(), balance, equity: Number((balance + floating).toFixed(2)) }
  })
  world.equity.set(account.id, points)
  account.balance = Number((points.at(-1)?.balance ?? 10_000).toFixed(2))
}
