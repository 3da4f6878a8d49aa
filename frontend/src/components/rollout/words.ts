import {
  ArrowUpCircle,
  BadgeCheck,
  CircleDashed,
  CircleMinus,
  CircleStop,
  Eye,
  Flag,
  History,
  ListChecks,
  Rocket,
  Undo2,
  Waves,
} from 'lucide-react'
import type { Rollout, RolloutMember } from '@/api/operator-records'
import type { Look } from '@/components/states'

export const ROLLOUT_STATES: Record<Rollout['state'], Look> = {
  canary: { label: 'Canary', tone: 'accent', icon: Eye, says: 'A few EAs run it and are watched.' },
  promoting: { label: 'Promoting', tone: 'accent', icon: Waves, says: 'All others follow, in waves.' },
  promoted: { label: 'Promoted', tone: 'profit', icon: BadgeCheck, says: 'Every EA that fits runs it.' },
  returning: { label: 'Rolling back', tone: 'warn', icon: Undo2, says: 'What was moved goes back.' },
  rolled_back: {
    label: 'Rolled back',
    tone: 'loss',
    icon: Undo2,
    says: 'What was moved has its version and inputs of before.',
  },
  stopped: { label: 'Stopped', tone: 'neutral', icon: CircleStop, says: 'Left as it was by a person.' },
}

const DECISIONS: Record<string, Look> = {
  start: { label: 'Start', tone: 'accent', icon: Rocket, says: 'An operator began it.' },
  choose: { label: 'Choose', tone: 'neutral', icon: ListChecks, says: 'An EA was chosen to go first.' },
  move: { label: 'Move', tone: 'neutral', icon: ArrowUpCircle, says: 'An EA got the version.' },
  skip: { label: 'Skip', tone: 'warn', icon: CircleMinus, says: 'An EA was left as it is.' },
  wave: { label: 'Wave', tone: 'accent', icon: Waves, says: 'The next EAs follow.' },
  promote: { label: 'Promote', tone: 'profit', icon: BadgeCheck, says: 'All others may follow.' },
  back: { label: 'Return', tone: 'neutral', icon: Undo2, says: 'An EA got back what it had.' },
  roll_back: { label: 'Roll back', tone: 'loss', icon: Undo2, says: 'Everything goes back.' },
  stop: { label: 'Stop', tone: 'neutral', icon: CircleStop, says: 'A person left all as it was.' },
  end: { label: 'End', tone: 'neutral', icon: Flag, says: 'Nothing is left to do.' },
}

export function decisionLook(action: string): Look {
  return DECISIONS[action] ?? { label: action, tone: 'neutral', icon: History, says: '' }
}

/** Where a member stands in its rollout. */
export function memberLook(row: RolloutMember): Look {
  if (row.skipReason) {
    return { label: 'Left as it is', tone: 'warn', icon: CircleMinus, says: row.skipReason }
  }
  if (row.movedBackAt) {
    return { label: 'Back', tone: 'neutral', icon: Undo2, says: 'It has what it had before.' }
  }
  if (!row.movedAt) {
    return { label: 'Waits', tone: 'neutral', icon: CircleDashed, says: 'It is moved once it is flat.' }
  }
  if (row.provedAt) {
    return { label: 'At work', tone: 'profit', icon: BadgeCheck, says: 'It was seen at work with it.' }
  }
  return { label: 'Moved', tone: 'accent', icon: ArrowUpCircle, says: 'Not yet seen at work with it.' }
}

export type PhaseState = 'done' | 'now' | 'next' | 'never'

export interface Phase {
  label: string
  state: PhaseState
  /** One line under the label. */
  says: string
}

/** The phases of a rollout in order, as far as it came. */
export function phasesOf(row: Rollout, now: number): Phase[] {
  const isBack = row.state === 'returning' || row.state === 'rolled_back'
  const isPast = row.state === 'promoting' || row.state === 'promoted'
  const wasPromoted = isPast || (isBack && row.wave > 0)
  const canary: PhaseState = row.state === 'canary' ? 'now' : wasPromoted ? 'done' : 'never'
  return [
    {
      label: 'Canaries',
      state: row.moved > 0 && row.state === 'canary' ? 'done' : row.state === 'canary' ? 'now' : 'done',
      says: row.canaries === 1 ? '1 goes first' : `${row.canaries} go first`,
    },
    {
      label: 'Watch',
      state: row.state === 'canary' ? (row.moved > 0 ? 'now' : 'next') : canary,
      says: watchWords(row, now),
    },
    {
      label: 'Waves',
      state: row.state === 'promoting' ? 'now' : wasPromoted ? 'done' : isBack ? 'never' : 'next',
      says: row.wave > 0 ? `${row.wave} so far` : 'All others follow',
    },
    isBack
      ? {
          label: 'Rolled back',
          state: row.state === 'returning' ? 'now' : 'done',
          says: `${row.back} of ${row.moved} are back`,
        }
      : row.state === 'stopped'
        ? { label: 'Stopped', state: 'done', says: 'Left as it was' }
        : {
            label: 'Promoted',
            state: row.state === 'promoted' ? 'done' : 'next',
            says: 'Every EA that fits',
          },
  ]
}

/** How much of the canaries' time is over, from 0 to 1; null where it has not begun. */
export function watchShare(row: Rollout, now: number): number | null {
  if (!row.watchedUntil) return null
  const left = (Date.parse(row.watchedUntil) - now) / 60_000
  return Math.min(1, Math.max(0, 1 - left / row.watchMinutes))
}

function watchWords(row: Rollout, now: number): string {
  if (row.watchedUntil) {
    // Whole minutes, as the hub counts them in its own words beside these.
    const left = Math.floor((Date.parse(row.watchedUntil) - now) / 60_000)
    return `${left < 1 ? 'Less than 1' : left} of ${row.watchMinutes} min left`
  }
  return `${row.watchMinutes} min within the limits`
}
