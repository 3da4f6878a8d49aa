import { CircleDashed, Link2, ShieldOff } from 'lucide-react'
import type { Terminal, Trouble } from '@/api/records'
import { telemetryAt, telemetryOfOwn } from '@/api/telemetry'
import { type Look, TELEMETRY } from '@/components/states'
import { count } from '@/format/volume'

const REVOKED: Look = {
  label: 'Revoked',
  tone: 'neutral',
  icon: ShieldOff,
  says: 'Its tokens are void: whatever it sends is refused.',
}
const UNPAIRED: Look = {
  label: 'Not paired yet',
  tone: 'accent',
  icon: CircleDashed,
  says: 'It waits for a terminal that enters its pairing code.',
}
const SILENT: Look = {
  label: 'Paired',
  tone: 'accent',
  icon: Link2,
  says: 'A terminal has enrolled with its code; its first heartbeat is awaited.',
}

/** Where a terminal stands, from its making to its revocation. */
export function terminalLook(terminal: Terminal, now: number): Look {
  if (terminal.revokedAt) return REVOKED
  if (terminal.hosted) return TELEMETRY[telemetryAt(terminal.heartbeatAt, now)]
  if (terminal.heartbeatAt) return TELEMETRY[telemetryOfOwn(terminal.heartbeatAt, terminal.telemetry, now)]
  return terminal.enrolledAt ? SILENT : UNPAIRED
}

/** What a list calls it: its own name, the EA that it runs for, or its platform. */
export function terminalName(terminal: Pick<Terminal, 'label' | 'instanceName' | 'platform'>): string {
  return terminal.label || terminal.instanceName || `${terminal.platform.toUpperCase()} terminal`
}

export function identityTrouble(terminal: Terminal): Trouble | undefined {
  return terminal.troubles.find(row => row.kind === 'identity')
}

const LIMITS: Record<string, string> = {
  heartbeat: 'Heartbeats',
  trades: 'Batches of deals',
  positions: 'Position lists',
  candles: 'Candles',
  commands: 'Questions for commands',
  enrol: 'Tries to enrol',
}

/** A limit that tripped, in a sentence. */
export function limitWords(trouble: Trouble): string {
  const name = trouble.kind.replace(/^limit\./, '')
  const what = LIMITS[name] ?? name
  return `${what} came too often and were turned away ${times(trouble.count)}.`
}

export function times(number: number): string {
  if (number === 1) return 'once'
  return number === 2 ? 'twice' : `${count(number)} times`
}

export type PairingStep = 'waiting' | 'enrolled' | 'connected'

/** How far a pairing has come. A heartbeat from before this code counts for nothing. */
export function pairingStep(terminal: Terminal | undefined, since: number): PairingStep {
  if (!terminal) return 'waiting'
  const isNew = (at: string | null) => at !== null && Date.parse(at) >= since
  if (isNew(terminal.heartbeatAt)) return 'connected'
  return isNew(terminal.enrolledAt) ? 'enrolled' : 'waiting'
}
