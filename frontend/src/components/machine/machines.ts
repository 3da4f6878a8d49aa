import type { Machine, MachineTerminal } from '@/api/machines'
import { ageSeconds } from '@/api/telemetry'

export type MachineState = Machine['state']

/** The hub's own limits: three missed reports are late, two minutes of silence offline. */
const LATE_S = 45
const OFFLINE_S = 120

/** Judge by age, so that what is on screen grows old by itself when nothing comes in any more. */
export function stateAt(row: Machine, now: number): MachineState {
  if (row.state === 'revoked') return 'revoked'
  const silent = ageSeconds(row.heartbeatAt, now)
  if (silent === null || silent > OFFLINE_S) return 'offline'
  return silent > LATE_S ? 'late' : 'online'
}

/** Part of a whole, 0 to 1; null where either is not known. */
const share = (part: number | null, whole: number | null): number | null =>
  part === null || !whole ? null : part / whole

export const cpuShare = (row: Machine): number | null => share(row.cpuPercent, 100)
export const memoryShare = (row: Machine): number | null => share(row.memoryUsedMb, row.memoryMb)
export const diskShare = (row: Machine): number | null => {
  const free = share(row.diskFreeMb, row.diskMb)
  return free === null ? null : 1 - free
}

/** The slowest of its terminals' ways to their brokers, in milliseconds. */
export function latencyOf(row: Machine): number | null {
  const told = row.terminals.flatMap(seen => seen.latencyMs ?? [])
  return told.length === 0 ? null : Math.max(...told)
}

export const connectedOf = (row: Machine): number => row.terminals.filter(seen => seen.isConnected).length
export const errorsOf = (row: Machine): number => row.terminals.reduce((sum, seen) => sum + seen.logErrors, 0)

/** A terminal that somebody should look at: it does not run, or has no broker. */
export const isAmiss = (seen: MachineTerminal): boolean =>
  seen.processState === 'dead' || seen.isConnected === false

const STATES: readonly MachineState[] = ['online', 'late', 'offline', 'revoked']

const SORTS = {
  label: row => row.label.toLowerCase(),
  state: (row, now) => STATES.indexOf(stateAt(row, now)),
  cpu: row => cpuShare(row) ?? -1,
  memory: row => memoryShare(row) ?? -1,
  disk: row => diskShare(row) ?? -1,
  clock: row => Math.abs(row.clockSkewMs ?? -1),
  latency: row => latencyOf(row) ?? -1,
  terminals: row => row.terminals.length - connectedOf(row),
  errors: row => errorsOf(row),
  heard: row => row.heartbeatAt ?? '',
} satisfies Record<string, (row: Machine, now: number) => number | string>
export type MachineSort = keyof typeof SORTS

export interface MachineChoice {
  q: string
  state: MachineState | ''
  sort: MachineSort
  isDown: boolean
}

/** Read what the URL says; what the list does not know is left out. */
export function readChoice(params: URLSearchParams): MachineChoice {
  const written = params.get('sort') ?? ''
  const key = written.replace('-', '')
  const isKnown = Object.hasOwn(SORTS, key)
  return {
    q: params.get('q') ?? '',
    state: STATES.find(state => state === params.get('state')) ?? '',
    sort: isKnown ? (key as MachineSort) : 'label',
    isDown: isKnown && written.startsWith('-'),
  }
}

/** What a click on a head asks of the URL: figures begin with the largest, names with the first. */
export function sortAfter({ sort, isDown }: MachineChoice, key: MachineSort): string {
  if (sort === key) return isDown ? key : `-${key}`
  return key === 'label' ? key : `-${key}`
}

/** The machines that are wanted, in their order. */
export function chosenMachines(rows: readonly Machine[], choice: MachineChoice, now: number): Machine[] {
  const words = choice.q.toLowerCase().split(/\s+/).filter(Boolean)
  const value: (row: Machine, now: number) => number | string = SORTS[choice.sort]
  const sign = choice.isDown ? -1 : 1
  return rows
    .filter(row => choice.state === '' || stateAt(row, now) === choice.state)
    .filter(row => words.every(word => textOf(row).includes(word)))
    .map(row => ({ row, key: value(row, now) }))
    .sort((one, two) => sign * compare(one.key, two.key) || compare(one.row.label, two.row.label))
    .map(({ row }) => row)
}

const compare = (one: number | string, two: number | string): number => (one < two ? -1 : one > two ? 1 : 0)

function textOf(row: Machine): string {
  const onIt = row.terminals.map(seen => `${seen.accountLabel}\n${seen.login}\n${seen.server}`)
  return [row.label, row.name, row.system, ...onIt].join('\n').toLowerCase()
}
