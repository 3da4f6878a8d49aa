import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Download, NotebookText, SearchX } from 'lucide-react'
import { Link } from 'react-router'
import { accounts, trades } from '@/api/queries'
import type { TradePage } from '@/api/records'
import { DaysPanel } from '@/components/journal/days-panel'
import { FilterBar } from '@/components/journal/filter-bar'
import {
  exportLink,
  isFiltered,
  type JournalChoice,
  nextTradeSort,
  PAGE_SIZE,
  readJournal,
  toFilters,
} from '@/components/journal/filters'
import { Totals } from '@/components/journal/totals'
import { Loaded } from '@/components/loaded'
import { Page } from '@/components/page'
import { useUrlState } from '@/components/search-params'
import { useSymbolDigits } from '@/components/symbol-digits'
import { TradeDrawer } from '@/components/trade-drawer'
import { TradeList } from '@/components/trade-list'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Pager } from '@/ui/pager'

export default function JournalPage() {
  const { params, change } = useUrlState()
  const choice = readJournal(params)
  const query = useQuery({ ...trades(toFilters(choice)), placeholderData: keepPreviousData })
  const wallets = useQuery(accounts()).data ?? []
  const currency = (wallets.find(row => row.id === choice.account) ?? wallets[0])?.currency ?? 'USD'
  // Another filter begins at its first page.
  const narrow = (changes: Record<string, string | null>) => change({ ...changes, page: null })
  const day = choice.from && choice.from === choice.to ? choice.from : undefined
  return (
    <Page
      title="Journal"
      lead="Every deal of your accounts, folded into trades, costs included."
      actions={
        <Button asChild>
          <a href={exportLink(choice)} download>
            <Download /> Export CSV
          </a>
        </Button>
      }
    >
      <FilterBar choice={choice} onChange={narrow} />
      <div className="space-y-5">
        {query.data?.totals.map(totals => (
          <Totals key={totals.currency} totals={totals} />
        ))}
        <DaysPanel
          account={choice.account}
          currency={currency}
          span={params.get('days') ?? '30'}
          chosen={day}
          onSpan={days => change({ days })}
          onDay={chosen => narrow(chosen === day ? { from: null, to: null } : { from: chosen, to: chosen })}
        />
        <Card title="Trades" bodyClassName="px-0 pb-0">
          <Loaded query={query}>
            {data =>
              data.total === 0 ? (
                <NoTrades isFiltered={isFiltered(choice)} />
              ) : (
                <Trades
                  data={data}
                  choice={choice}
                  opened={params.get('trade')}
                  onOpen={trade => change({ trade }, trade ? 'push' : 'replace')}
                  onSort={sort => change({ sort, page: null })}
                  onPage={page => change({ page: String(page) }, 'push')}
                />
              )
            }
          </Loaded>
        </Card>
      </div>
    </Page>
  )
}

interface TradesProps {
  data: TradePage
  choice: JournalChoice
  opened: string | null
  onOpen: (id: string | null) => void
  onSort: (sort: string) => void
  onPage: (page: number) => void
}

function Trades({ data, choice, opened, onOpen, onSort, onPage }: TradesProps) {
  const digits = useSymbolDigits()
  return (
    <>
      <TradeList
        trades={data.items}
        digits={digits}
        sort={choice.sort}
        onSort={key => onSort(nextTradeSort(choice.sort, key))}
        onOpen={trade => onOpen(trade.id)}
      />
      <Pager page={choice.page} pageSize={PAGE_SIZE} total={data.total} onPage={onPage} />
      <TradeDrawer
        trade={data.items.find(trade => trade.id === opened)}
        digits={digits}
        onClose={() => onOpen(null)}
      />
    </>
  )
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
      Every deal that an EA makes is written here by itself, commission and swap included.
    </EmptyState>
  )
}
