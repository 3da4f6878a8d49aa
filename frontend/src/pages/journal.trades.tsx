import { useQuery } from '@tanstack/react-query'
import { NotebookText, SearchX } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'react-router'
import { tradeDetail, tradeList } from '@/api/journal-queries'
import type { Trade, TradePage } from '@/api/records'
import { isFiltered, nextTradeSort, PAGE_SIZE } from '@/components/journal/filters'
import { useListKeys } from '@/components/journal/list-keys'
import { Totals, TotalsSkeleton } from '@/components/journal/totals'
import { TradeCards, TradeOrder } from '@/components/journal/trade-cards'
import { TradeTable } from '@/components/journal/trade-table'
import { useJournal } from '@/components/journal/use-journal'
import { Loaded } from '@/components/loaded'
import { useUrlState } from '@/components/search-params'
import { useSymbolDigits } from '@/components/symbol-digits'
import { TradeDrawer } from '@/components/trade-drawer'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { cx } from '@/ui/cx'
import { EmptyState } from '@/ui/empty-state'
import { Pager } from '@/ui/pager'
import { SkeletonRows } from '@/ui/skeleton'

export default function JournalTradesPage() {
  const { choice, query, place } = useJournal()
  const list = useQuery(tradeList({ ...query, ...place, pageSize: PAGE_SIZE }))
  return (
    <div className="space-y-4">
      {list.data ? (
        list.data.totals.map(totals => <Totals key={totals.currency} totals={totals} />)
      ) : (
        <TotalsSkeleton />
      )}
      <Card bodyClassName="p-0">
        <Loaded query={list} skeleton={<SkeletonRows rows={12} />}>
          {data =>
            data.total === 0 ? (
              <NoTrades isFiltered={isFiltered(choice)} />
            ) : (
              <Trades data={data} isOld={list.isPlaceholderData} />
            )
          }
        </Loaded>
      </Card>
    </div>
  )
}

/** A page of the list, and the trade that is open over it. */
function Trades({ data, isOld }: { data: TradePage; isOld: boolean }) {
  const { place } = useJournal()
  const { params, change } = useUrlState()
  const digits = useSymbolDigits()
  const [cursor, setCursor] = useState<string | null>(null)
  const opened = params.get('trade')
  const open = (trade: Trade) => {
    setCursor(trade.id)
    change({ trade: trade.id }, opened ? 'replace' : 'push')
  }
  const step = (way: 1 | -1) => {
    const at = data.items.findIndex(trade => trade.id === (opened ?? cursor))
    const next = data.items[at < 0 ? 0 : at + way]
    if (!next) return
    if (opened) open(next)
    else setCursor(next.id)
    document.querySelector(`[data-trade="${next.id}"]`)?.scrollIntoView({ block: 'nearest' })
  }
  useListKeys({
    onMove: step,
    onOpen: () => {
      const trade = data.items.find(row => row.id === cursor)
      if (trade && !opened) open(trade)
    },
  })
  return (
    <div aria-busy={isOld} className={cx('transition-opacity', isOld && 'opacity-60')}>
      <div className="hidden md:block">
        <TradeTable
          trades={data.items}
          digits={digits}
          sort={place.sort}
          onSort={key => change({ sort: nextTradeSort(place.sort, key), page: null })}
          cursor={cursor}
          onOpen={open}
        />
      </div>
      <div className="md:hidden">
        <div className="border-line border-b p-2">
          <TradeOrder sort={place.sort} onSort={sort => change({ sort, page: null })} />
        </div>
        <TradeCards trades={data.items} onOpen={open} />
      </div>
      <Pager
        page={place.page}
        pageSize={PAGE_SIZE}
        total={data.total}
        onPage={page => {
          setCursor(null)
          change({ page: String(page) }, 'push')
          window.scrollTo({ top: 0 })
        }}
      />
      <OpenTrade
        rows={data.items}
        id={opened}
        digits={digits}
        onStep={step}
        onClose={() => change({ trade: null })}
      />
    </div>
  )
}

interface OpenProps {
  rows: readonly Trade[]
  id: string | null
  digits: (symbol: string) => number | undefined
  onStep: (way: 1 | -1) => void
  onClose: () => void
}

/** The drawer of the trade that the URL names, also when it stands on another page of the list. */
function OpenTrade({ rows, id, digits, onStep, onClose }: OpenProps) {
  const listed = rows.find(trade => trade.id === id)
  const asked = useQuery({ ...tradeDetail(id ?? ''), enabled: id !== null && !listed })
  const trade = listed ?? (id ? asked.data : undefined)
  return <TradeDrawer trade={trade} digits={digits} onClose={onClose} {...(listed ? { onStep } : {})} />
}

function NoTrades({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <EmptyState
        icon={SearchX}
        title="No trade matches"
        actions={
          <Button asChild>
            <Link to="/journal">Clear the filters</Link>
          </Button>
        }
      >
        Widen the days or drop a filter.
      </EmptyState>
    )
  }
  return (
    <EmptyState
      icon={NotebookText}
      title="No trades yet"
      actions={
        <Button asChild variant="primary">
          <Link to="/deploy">Deploy an EA</Link>
        </Button>
      }
    >
      Every deal that an EA makes is written here by itself, commission and swap included. A history from
      elsewhere can be imported on its account’s page.
    </EmptyState>
  )
}
