import type { InstanceDetail } from '@/api/records'

export interface Milestone {
  label: string
  says: string
  at: string | null
  state: 'done' | 'now' | 'next'
}

/** How far a deployment has come, told only from what the hub reports of it. */
export function milestones(instance: InstanceDetail): Milestone[] {
  const run = instance.runs.find(row => row.generation === instance.generation)
  const receipt = instance.receipt?.generation === instance.generation ? instance.receipt : null
  const startedAt = receipt?.startedAt ?? run?.startedAt ?? null
  const heardAt = receipt?.firstHeartbeatAt ?? heardSince(instance, startedAt)
  const reached = [
    { label: 'Accepted', says: 'The order is kept; it survives any restart.', at: instance.createdAt },
    { label: 'Process started', says: 'With its own memory and CPU limits.', at: startedAt },
    {
      label: 'Signed in at the broker',
      says: 'With the sealed password, by a token of its own.',
      at: heardAt,
    },
    {
      label: 'First heartbeat confirmed',
      says: 'Login, symbol and the EA’s hash are what was ordered.',
      at: receipt?.firstHeartbeatAt ?? null,
    },
  ]
  const next = reached.findIndex(step => step.at === null)
  return reached.map((step, index) => ({
    ...step,
    state: step.at !== null ? 'done' : index === next ? 'now' : 'next',
  }))
}

/** A heartbeat carries the login: the first after the start proves the sign-in. */
function heardSince(instance: InstanceDetail, startedAt: string | null): string | null {
  if (startedAt === null || instance.heartbeatAt === null) return null
  return Date.parse(instance.heartbeatAt) >= Date.parse(startedAt) ? instance.heartbeatAt : null
}

/** Seconds from the click to the confirmed first heartbeat. */
export function tookSeconds(instance: InstanceDetail): number | null {
  const receipt = instance.receipt
  if (!receipt) return null
  return (Date.parse(receipt.firstHeartbeatAt) - Date.parse(receipt.deployedAt)) / 1000
}
