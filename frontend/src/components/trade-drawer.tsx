import { useQuery } from '@tanstack/react-query'
import { ChevronDown, ChevronUp, Maximize2 } from 'lucide-react'
import { Link, useLocation } from 'react-router'
import { tradeDetail } from '@/api/journal-queries'
import type { Trade } from '@/api/records'
import { EaReason } from '@/components/journal/ea-reason'
import { ReviewPanel } from '@/components/journal/review-panel'
import { MoneyFacts, PriceFacts, SourceFacts } from '@/components/journal/trade-facts'
import { StateBadge } from '@/components/state-badge'
import { SIDES, TRADE_STATES } from '@/components/states'
import { digitsOf } from '@/format/price'
import { lots } from '@/format/volume'
import { Button } from '@/ui/button'
import { Dialog } from '@/ui/dialog'
import { Multiple } from '@/ui/multiple'
import { Profit } from '@/ui/profit'
import { Skeleton } from '@/ui/skeleton'

interface Props {
  trade: Trade | undefined
  digits: (symbol: string) => number | undefined
  onClose: () => void
  /** To the trade below or above in the list that it was opened from. */
  onStep?: (way: 1 | -1) => void
}

/** One trade beside its list: what happened, and what its trader says of it. */
export function TradeDrawer({ trade, digits, onClose, onStep }: Props) {
  return (
    <Dialog
      kind="drawer"
      isOpen={trade !== undefined}
      onClose={onClose}
      title={trade ? `${trade.symbol} #${trade.positionId}` : 'Trade'}
    >
      {trade && (
        <Details
          trade={trade}
          digits={digits(trade.symbol) ?? digitsOf([trade.entryPrice ?? 0])}
          {...(onStep ? { onStep } : {})}
        />
      )}
    </Dialog>
  )
}

interface DetailsProps {
  trade: Trade
  digits: number
  onStep?: (way: 1 | -1) => void
}

function Details({ trade, digits, onStep }: DetailsProps) {
  const detail = useQuery(tradeDetail(trade.id))
  return (
    <>
      <div className="rounded-xl border border-line bg-canvas p-4">
        <p className="flex items-baseline gap-3 font-semibold text-2xl">
          <Profit hasArrow value={trade.netProfit} currency={trade.currency} />
          {trade.r !== null && <Multiple value={trade.r} className="font-medium text-base" />}
        </p>
        <p className="mt-2.5 flex gap-2">
          <StateBadge look={SIDES[trade.side]} label={`${SIDES[trade.side].label} ${lots(trade.volume)}`} />
          <StateBadge look={TRADE_STATES[trade.state]} />
        </p>
      </div>
      <div className="my-3 flex gap-2">
        <Button asChild variant="primary" className="flex-1">
          <Link to={`/journal/trades/${trade.id}${useJournalSearch()}`}>
            <Maximize2 /> Chart, deals, screenshots
          </Link>
        </Button>
        {onStep && (
          <>
            <Button size="icon" className="size-9" aria-label="Trade above (k)" onClick={() => onStep(-1)}>
              <ChevronUp />
            </Button>
            <Button size="icon" className="size-9" aria-label="Trade below (j)" onClick={() => onStep(1)}>
              <ChevronDown />
            </Button>
          </>
        )}
      </div>
      {detail.data?.id === trade.id ? (
        <ReviewPanel key={trade.id} tradeId={trade.id} stored={detail.data.review} />
      ) : (
        <Skeleton className="h-50" />
      )}
      <PriceFacts trade={trade} digits={digits} className="mt-4" />
      <h3 className="mt-5 mb-1 font-semibold text-sm">How the profit is made up</h3>
      <MoneyFacts trade={trade} />
      <h3 className="mt-5 mb-1 font-semibold text-sm">Where it comes from</h3>
      <SourceFacts trade={trade} />
      {detail.data?.id === trade.id && <EaReason trade={detail.data} />}
    </>
  )
}

/** In the journal its filter goes along, so that the trade's page knows what is before and after. */
function useJournalSearch(): string {
  const { pathname, search } = useLocation()
  if (!pathname.startsWith('/journal')) return ''
  const params = new URLSearchParams(search)
  params.delete('trade')
  const text = params.toString()
  return text ? `?${text}` : ''
}
