import type { Instance } from '@/api/records'

export type Pause = NonNullable<Instance['pause']>
export type PauseMode = Pause['mode']

export const PAUSE_MODES: Record<PauseMode, { label: string; says: string; so: string }> = {
  hold: {
    label: 'Hold new entries',
    says: 'Opens nothing new. It goes on to move stops and to take its exits.',
    so: 'It opens nothing new; stops and exits go on.',
  },
  tighten: {
    label: 'Hold and tighten stops',
    says: 'Opens nothing new. Stops only move nearer, and to break-even once the price is beyond it.',
    so: 'It opens nothing new; stops only move nearer, and to break-even.',
  },
  flatten: {
    label: 'Flatten, then hold',
    says: 'Closes its own positions at the market’s price, then opens nothing new.',
    so: 'Its positions are closed, and it opens nothing new.',
  },
  freeze: {
    label: 'Freeze',
    says: 'Sends nothing at all, no exits either. Only what stands at the broker protects its positions.',
    so: 'It sends nothing at all; stops and targets at the broker stay in place.',
  },
}

/** Who paused it: an address, or what of the platform. */
export function whoPaused(pause: Pick<Pause, 'by' | 'byPerson'>): string {
  if (pause.by === 'plan') return 'by the plan'
  if (pause.by === '') return ''
  return pause.byPerson ? `by ${pause.by}` : `by the platform (${pause.by})`
}

/** How long a pause may be asked for, in hours; 0: until somebody resumes it. */
export const PAUSE_HOURS: readonly { hours: number; label: string }[] = [
  { hours: 0, label: 'Until I resume it' },
  { hours: 1, label: 'For 1 hour' },
  { hours: 4, label: 'For 4 hours' },
  { hours: 24, label: 'For 1 day' },
  { hours: 168, label: 'For 1 week' },
]
