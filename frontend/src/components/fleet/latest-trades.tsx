import { useQuery } from '@tanstack/react-query'
import { ArrowRight } from 'lucide-react'
import { Link, useNavigate } from 'react-router'
import { trades } from '@/api/queries'
import { useSymbolDigits } from '@/components/symbol-digits'
import { TradeList } from '@/components/trade-list'
import { Card } from '@/ui/card'

const ROWS = 6

/** The newest results of the whole fleet; nothing where there are none yet. */
export function LatestTrades() {
  const { data } = useQuery(trades({ state: 'closed', sort: '-exited_at', page: 1, pageSize: ROWS }))
  const digits = useSymbolDigits()
  const navigate = useNavigate()
  if (!data || data.total === 0) return null
  return (
    <Card
      title="Latest trades"
      bodyClassName="px-0 pb-1"
      actions={
        <Link
          to="/journal"
          className="inline-flex items-center gap-1 rounded font-medium text-muted text-xs hover:text-ink"
        >
          Journal <ArrowRight aria-hidden className="size-3.5" />
        </Link>
      }
    >
      <TradeList
        trades={data.items}
        digits={digits}
        onOpen={trade => void navigate(`/journal?state=closed&trade=${trade.id}`)}
      />
    </Card>
  )
}
