import type { InstanceDetail } from '@/api/records'
import { Callout } from '@/ui/callout'

/** A rollout that has given this EA another version and is not over. */
export function UpgradeNotice({ instance }: { instance: InstanceDetail }) {
  const { upgrade } = instance
  if (!upgrade) return null
  if (upgrade.isReturning) {
    return (
      <Callout tone="warn" title={`Going back to ${upgrade.fromVersion}`}>
        Version {upgrade.toVersion} is being rolled back. The reason stands in your activity.
      </Callout>
    )
  }
  const verb = upgrade.isAtWork ? 'Upgraded' : 'Being upgraded'
  const role = upgrade.isCanary ? ' (canary)' : ''
  return (
    <Callout title={`${verb} from ${upgrade.fromVersion} to ${upgrade.toVersion}${role}`}>
      {instance.changelog && <p>{instance.changelog}</p>}
      <p>
        {upgrade.isCanary
          ? 'It is among the first and is watched: should it lose, crash or fall silent beyond the limits, it gets back its version and inputs of before.'
          : 'It gets back its version and inputs of before should the new one do badly.'}
      </p>
    </Callout>
  )
}
