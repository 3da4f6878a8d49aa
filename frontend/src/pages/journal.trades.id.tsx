import { useQuery } from '@tanstack/react-query'
import { ChevronDown, ChevronUp } from 'lucide-react'
import { useNavigate, useParams, useSearchParams } from 'react-router'
import { tradeDetail } from '@/api/journal-queries'
import type { TradeDetail } from '@/api/journal-records'
import { DealsTable } from '@/components/journal/deals-table'
import { EaReason } from '@/components/journal/ea-reason'
import { useListKeys } from '@/components/journal/list-keys'
import { ReviewPanel } from '@/components/journal/review-panel'
import { Screenshots } from '@/components/journal/screenshots'
import { TradeChart } from '@/components/journal/trade-chart'
import { MoneyFacts, PriceFacts, SourceFacts } from '@/components/journal/trade-facts'
import { type Neighbour, useNeighbours } from '@/components/journal/use-neighbours'
import { Loaded } from '@/components/loaded'
import { Page } from '@/components/page'
import { StateBadge } from '@/components/state-badge'
import { SIDES, TRADE_STATES } from '@/components/states'
import { useSymbolDigits } from '@/components/symbol-digits'
import { duration } from '@/format/age'
import { signedMoney } from '@/format/money'
import { digitsOf } from '@/format/price'
import { count, lots } from '@/format/volume'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { Multiple } from '@/ui/multiple'
import { Profit } from '@/ui/profit'
import { Skeleton } from '@/ui/skeleton'
import { Stat, StatStrip } from '@/ui/stat'

export default function TradePage() {
  const { id = '' } = useParams()
  const [params] = useSearchParams()
  const query = useQuery(tradeDetail(id))
  const search = params.toString()
  const parent = { label: 'Journal', to: search ? `/journal?${search}` : '/journal' }
  return (
    <Loaded
      query={query}
      skeleton={
        <Page title="Trade" parent={parent}>
          <div className="space-y-5">
            <Skeleton className="h-18 w-full rounded-xl" />
            <Skeleton className="h-96 w-full rounded-xl" />
          </div>
        </Page>
      }
    >
      {trade => <TradeView key={id} trade={trade} parent={parent} />}
    </Loaded>
  )
}

function TradeView({ trade, parent }: { trade: TradeDetail; parent: { label: string; to: string } }) {
  const digits = useSymbolDigits()(trade.symbol) ?? digitsOf([trade.entryPrice ?? 0, trade.exitPrice ?? 0])
  return (
    <Page
      title={`${trade.symbol} ${signedMoney(trade.netProfit, trade.currency)} · Journal`}
      heading={
        <>
          {trade.symbol} <span className="num font-normal text-faint">#{trade.positionId}</span>
        </>
      }
      parent={parent}
      badge={
        <>
          <StateBadge look={SIDES[trade.side]} label={`${SIDES[trade.side].label} ${lots(trade.volume)}`} />
          <StateBadge look={TRADE_STATES[trade.state]} />
        </>
      }
      actions={<Steps trade={trade} />}
    >
      <div className="grid grid-cols-1 gap-5 xl:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="min-w-0 space-y-5">
          <Figures trade={trade} />
          <TradeChart trade={trade} digits={digits} />
          <Card title="Deals" hint={trade.server} bodyClassName="px-0 pb-1">
            <DealsTable trade={trade} digits={digits} />
          </Card>
          <div className="grid gap-5 md:grid-cols-2">
            <Card title="Prices" bodyClassName="pb-2">
              <PriceFacts trade={trade} digits={digits} />
            </Card>
            <Card title="How the profit is made up" bodyClassName="pb-2">
              <MoneyFacts trade={trade} />
              <h3 className="mt-4 mb-1 font-semibold text-sm">Where it comes from</h3>
              <SourceFacts trade={trade} />
              <EaReason trade={trade} />
            </Card>
          </div>
        </div>
        <div className="grid min-w-0 content-start gap-5 md:grid-cols-2 xl:grid-cols-1">
          <Card title="Your review">
            <ReviewPanel tradeId={trade.id} stored={trade.review} />
          </Card>
          <Card title="Screenshots" hint="paste one anywhere here">
            <Screenshots tradeId={trade.id} pictures={trade.screenshotList} />
          </Card>
        </div>
      </div>
    </Page>
  )
}

function Figures({ trade }: { trade: TradeDetail }) {
  const { currency } = trade
  const costs = trade.commission + trade.swap + trade.fee
  const most = (value: number | null, sign: 1 | -1) => (
    <Profit value={value === null ? null : sign * Math.abs(value)} currency={currency} />
  )
  return (
    <StatStrip>
      <Stat label="Net profit" value={<Profit hasArrow value={trade.netProfit} currency={currency} />} />
      <Stat label="R multiple" value={<Multiple value={trade.r} />} />
      <Stat label="Costs" value={<Profit value={costs} currency={currency} />} />
      <Stat label="Worst moment" value={most(trade.maeMoney, -1)} note="MAE" />
      <Stat label="Best moment" value={most(trade.mfeMoney, 1)} note="MFE" />
      <Stat label="Held" value={duration(trade.durationS)} />
    </StatStrip>
  )
}

/** To the trade above and below in the list that one came from: `k` and `j`. */
function Steps({ trade }: { trade: TradeDetail }) {
  const { above, below, position, total } = useNeighbours(trade.id, trade)
  const [params] = useSearchParams()
  const navigate = useNavigate()
  const go = (neighbour: Neighbour | null) => {
    if (!neighbour) return
    const search = new URLSearchParams(params)
    if (neighbour.page > 1) search.set('page', String(neighbour.page))
    else search.delete('page')
    void navigate(
      { pathname: `/journal/trades/${neighbour.id}`, search: search.toString() },
      { replace: true },
    )
  }
  useListKeys({ onMove: way => go(way === 1 ? below : above), onOpen: () => undefined })
  return (
    <>
      {position !== null && (
        <span className="num text-faint text-xs">
          {count(position)} of {count(total)}
        </span>
      )}
      <Button
        size="icon"
        className="size-9"
        aria-label="Trade above in the list (k)"
        disabledReason={above ? undefined : 'This is the first of the list.'}
        onClick={() => go(above)}
      >
        <ChevronUp />
      </Button>
      <Button
        size="icon"
        className="size-9"
        aria-label="Trade below in the list (j)"
        disabledReason={below ? undefined : 'This is the last of the list.'}
        onClick={() => go(below)}
      >
        <ChevronDown />
      </Button>
    </>
  )
}
