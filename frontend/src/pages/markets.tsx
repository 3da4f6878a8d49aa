import { useQuery } from '@tanstack/react-query'
import { Activity } from 'lucide-react'
import { type MarketBoard, markets, type Timeframe } from '@/api/markets'
import { Loaded } from '@/components/loaded'
import { CalendarCard } from '@/components/markets/calendar-card'
import { CorrelationCard } from '@/components/markets/correlation-card'
import { HeatMap, type Shown } from '@/components/markets/heat-map'
import { SentimentCard } from '@/components/markets/sentiment-card'
import { SessionsCard } from '@/components/markets/sessions-card'
import { SpreadCard } from '@/components/markets/spread-card'
import { readTimeframe, TIMEFRAMES } from '@/components/markets/words'
import { Ago } from '@/components/moment'
import { Page } from '@/components/page'
import { useUrlState } from '@/components/search-params'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Segmented } from '@/ui/segmented'

const SHOWN: readonly { value: Shown; label: string; hint: string }[] = [
  { value: 'strength', label: 'Strength', hint: 'ADX, and where it goes' },
  { value: 'volatility', label: 'Volatility', hint: 'percentile of its own past' },
  { value: 'regime', label: 'Regime', hint: 'what it does, and how sure' },
]

/** How the installation's market stands, symbol by symbol. */
export default function MarketsPage() {
  const query = useQuery(markets())
  const at = query.data?.lookedAt
  return (
    <Page
      title="Markets"
      lead={
        at ? (
          <>
            By closed bars alone · looked at <Ago at={at} />, again every five minutes
          </>
        ) : (
          'How strong, how lively and in which regime each symbol is.'
        )
      }
    >
      <Loaded query={query}>{board => <Board board={board} />}</Loaded>
    </Page>
  )
}

function Board({ board }: { board: MarketBoard }) {
  const { params, change } = useUrlState()
  const chosen = SHOWN.find(one => one.value === params.get('show')) ?? SHOWN[0]
  const timeframe = readTimeframe(params.get('timeframe'))
  const shown = chosen?.value ?? 'strength'
  return (
    <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_24rem]">
      <div className="min-w-0 space-y-4">
        <Card
          title={chosen?.label}
          hint={chosen?.hint}
          actions={
            <Segmented
              label="What is shown"
              options={SHOWN}
              value={shown}
              onChange={show => change({ show: show === 'strength' ? null : show })}
            />
          }
          bodyClassName="px-3 pb-3"
        >
          {board.symbols.length === 0 ? (
            <EmptyState icon={Activity} title="No bars yet">
              The market is recorded from its first minute on. Its symbols come here with their first hours.
            </EmptyState>
          ) : (
            <HeatMap symbols={board.symbols} timeframes={board.timeframes} shown={shown} />
          )}
        </Card>
        {board.symbols.length > 0 && (
          <div className="grid items-start gap-4 lg:grid-cols-2">
            <div className="min-w-0 space-y-2">
              <CorrelationCard timeframe={timeframe} />
              <Segmented
                label="Correlation of bars of"
                options={TIMEFRAMES.map((value: Timeframe) => ({ value, label: value }))}
                value={timeframe}
                onChange={value => change({ timeframe: value === 'H1' ? null : value })}
              />
            </div>
            <SpreadCard symbols={board.symbols} />
          </div>
        )}
      </div>
      <div className="grid min-w-0 items-start gap-4 sm:grid-cols-2 xl:grid-cols-1">
        <SessionsCard sessions={board.sessions} />
        <CalendarCard events={board.events} />
        <SentimentCard symbols={board.symbols} />
      </div>
    </div>
  )
}
