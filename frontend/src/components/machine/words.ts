import { CircleAlert, CircleCheck, CircleHelp, Clock, Power, ShieldOff, WifiOff } from 'lucide-react'
import type { MachineTerminal } from '@/api/machines'
import type { MachineState } from '@/components/machine/machines'
import type { Look } from '@/components/states'
import { count } from '@/format/volume'

export const MACHINE_STATES: Record<MachineState, Look> = {
  online: { label: 'Online', tone: 'profit', icon: CircleCheck, says: 'Its agent reports every 15 seconds.' },
  late: { label: 'Late', tone: 'warn', icon: Clock, says: 'Nothing was heard of it for 45 seconds.' },
  offline: {
    label: 'Offline',
    tone: 'loss',
    icon: WifiOff,
    says: 'Nothing was heard of it for two minutes: the machine, its network or its agent is down.',
  },
  revoked: {
    label: 'Revoked',
    tone: 'neutral',
    icon: ShieldOff,
    says: 'Nothing that it sends is taken, until one of its terminals is paired anew.',
  },
}

export const PROCESSES: Record<MachineTerminal['processState'], Look> = {
  running: { label: 'Running', tone: 'profit', icon: Power, says: 'The terminal’s program runs.' },
  dead: { label: 'Ended', tone: 'loss', icon: CircleAlert, says: 'The terminal’s program does not run.' },
  unknown: {
    label: 'Unknown',
    tone: 'neutral',
    icon: CircleHelp,
    says: 'The agent cannot tell: the terminal does not answer, or is just being started.',
  },
}

/** From here on candles and news are judged by a wrong time. */
const SKEW_MS = 2_000

export const isSkewed = (ms: number | null): boolean => Math.abs(ms ?? 0) >= SKEW_MS

/** A clock against the hub's, as `+12 ms` or `−3.4 s`; a dash for none. */
export function skew(ms: number | null): string {
  if (ms === null) return '—'
  const size = Math.abs(ms)
  const sign = ms > 0 ? '+' : ms < 0 ? '−' : ''
  return size < 1000 ? `${sign}${size} ms` : `${sign}${(size / 1000).toFixed(1)} s`
}

/** Milliseconds of a way there and back. */
export function latency(ms: number | null): string {
  if (ms === null) return '—'
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`
}

/** Error lines of a day, with their number. */
export const errorWords = (errors: number): string =>
  errors === 1 ? '1 log error' : `${count(errors)} log errors`

/** Yes, no, or nobody said. */
export const yesNo = (is: boolean | null): string => (is === null ? '—' : is ? 'Yes' : 'No')
