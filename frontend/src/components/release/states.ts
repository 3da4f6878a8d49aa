import { Archive, CircleCheck, CircleDashed, CircleX, Eye, Rocket } from 'lucide-react'
import type { EaVersion, VersionState } from '@/api/release-records'
import type { Look } from '@/components/states'

export const VERSION_STATES: Record<VersionState, Look> = {
  draft: {
    label: 'On trial',
    tone: 'accent',
    icon: CircleDashed,
    says: 'It waits for its dry run in the sandbox, or is in the middle of it.',
  },
  in_review: {
    label: 'To review',
    tone: 'warn',
    icon: Eye,
    says: 'Checks and trial are done. A person reads it and decides.',
  },
  approved: {
    label: 'Approved',
    tone: 'accent',
    icon: CircleCheck,
    says: 'A person found it good. Nobody can deploy it before it is released.',
  },
  refused: {
    label: 'Refused',
    tone: 'loss',
    icon: CircleX,
    says: 'It is not released. The same number may be uploaded again with other code.',
  },
  released: { label: 'Released', tone: 'profit', icon: Rocket, says: 'Customers may deploy it.' },
  withdrawn: {
    label: 'Withdrawn',
    tone: 'neutral',
    icon: Archive,
    says: 'Nobody deploys it any more; what runs goes on.',
  },
}

export type Decision = 'approve' | 'refuse' | 'release' | 'withdraw'

/** From which states the server lets a decision be made: `catalogue.releases`. */
const FROM: Record<Decision, readonly VersionState[]> = {
  approve: ['in_review'],
  refuse: ['draft', 'in_review', 'approved'],
  release: ['approved'],
  withdraw: ['released'],
}

/** What may be decided of a version now. */
export const decisions = (version: Pick<EaVersion, 'state'>): Decision[] =>
  (Object.keys(FROM) as Decision[]).filter(one => FROM[one].includes(version.state))

/** What checks and trial found, in a few words. */
export function foundWords(version: EaVersion): string {
  if (!version.isUploaded) return 'Ships with the product'
  if (version.state === 'draft') return `Trial ${Math.round((version.trialProgress ?? 0) * 100)} %`
  const { errors, warnings } = version
  if (errors + warnings === 0) return 'Nothing found'
  const parts = [errors && plural(errors, 'error'), warnings && plural(warnings, 'warning')]
  return parts.filter(Boolean).join(', ')
}

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`
