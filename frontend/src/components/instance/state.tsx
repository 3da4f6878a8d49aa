import type { Instance } from '@/api/records'
import { StateBadge } from '@/components/state-badge'
import { INSTANCE_STATES } from '@/components/states'

/** The state, and the wish where it is not met yet. */
export function InstanceState({ instance }: { instance: Instance }) {
  const wish = unmetWish(instance)
  return (
    <span className="inline-flex items-center gap-2">
      <StateBadge look={INSTANCE_STATES[instance.state]} />
      {wish && <span className="whitespace-nowrap text-faint text-xs">→ {wish}</span>}
    </span>
  )
}

/** What is wanted and not so yet, as a word; null when the state is what is wanted or on its way. */
export function unmetWish({ state, desiredState }: Instance): string | null {
  if (state === desiredState || state === 'deploying') return null
  if (state === 'stopping') return null
  if (desiredState === 'stopped') return 'stopping'
  if (state === 'error') return desiredState === 'paused' ? 'wanted paused' : null
  return desiredState === 'paused' ? 'pausing' : 'resuming'
}
