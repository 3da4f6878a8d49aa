import { Clover, ShieldCheck, TriangleAlert } from 'lucide-react'
import type { Luck } from '@/api/optimisations'
import { StateBadge } from '@/components/state-badge'
import type { Look } from '@/components/states'
import { percent } from '@/format/percent'

/** As the engine's own words: 95 in a hundred is what is usually asked of a test. */
const LIKELY = 0.95

/** Beside each best, wherever one is shown: what it is worth as the best of many. */
export function LuckBadge({ luck }: { luck: Luck | null }) {
  if (!luck) return null
  return <StateBadge look={lookOf(luck)} />
}

function lookOf({ dsr, verdict: says }: Luck): Look {
  if (dsr === null) return { label: 'Luck unknown', tone: 'neutral', icon: TriangleAlert, says }
  if (dsr >= LIKELY) return { label: 'Hardly luck', tone: 'profit', icon: ShieldCheck, says }
  if (dsr >= 0.5) return { label: 'May be luck', tone: 'warn', icon: Clover, says }
  return { label: 'Likely luck', tone: 'loss', icon: Clover, says }
}

/** The probability that there is more than luck behind it. */
export const skillWords = (luck: Luck): string => (luck.dsr === null ? 'unknown' : percent(luck.dsr, 0))
