import type { TradeDetail } from '@/api/journal-records'
import { Badge } from '@/ui/badge'

/** Why its EA opened a trade, in the EA's own words; nothing where it said none. */
export function EaReason({ trade }: { trade: Pick<TradeDetail, 'eaTag' | 'eaNote'> }) {
  if (!trade.eaTag && !trade.eaNote) return null
  return (
    <section aria-label="Why the EA opened it" className="mt-4">
      <h3 className="mb-1.5 font-semibold text-sm">Why the EA opened it</h3>
      {trade.eaTag && <Badge tone="accent">{trade.eaTag}</Badge>}
      {trade.eaNote && <p className="mt-1.5 break-words text-muted text-sm">{trade.eaNote}</p>}
    </section>
  )
}
