import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from 'react-router'
import { type MarketPast, type MarketSymbol, marketPast, markets, type Timeframe } from '@/api/markets'
import { Loaded } from '@/components/loaded'
import { FactsCard, RegimeCard } from '@/components/markets/facts-card'
import { HoursCard } from '@/components/markets/hours-card'
import { PastChart } from '@/components/markets/past-chart'
import { RegimeBadge } from '@/components/markets/regime-badge'
import { REGIMES, readTimeframe, TIMEFRAMES, tint } from '@/components/markets/words'
import { Page } from '@/components/page'
import { useUrlState } from '@/components/search-params'
import { signedPercent } from '@/format/percent'
import { price } from '@/format/price'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { Segmented } from '@/ui/segmented'

/** One symbol: its bars, the regimes that they were in, and how lively it was. */
export default function MarketPage() {
  const { symbol = '' } = useParams()
  const { params, change } = useUrlState()
  const timeframe = readTimeframe(params.get('timeframe'))
  const board = useQuery(markets())
  const past = useQuery(marketPast(symbol, timeframe))
  const known = board.data?.symbols.find(one => one.symbol === symbol)
  const cell = known?.cells.find(one => one.timeframe === timeframe)
  return (
    <Page
      title={symbol}
      parent={{ label: 'Markets', to: '/markets' }}
      badge={cell && <RegimeBadge regime={cell.regime} />}
      lead={known && <Newest symbol={known} />}
      actions={
        <>
          <Segmented
            label="Timeframe"
            options={TIMEFRAMES.map((value: Timeframe) => ({ value, label: value }))}
            value={timeframe}
            onChange={value => change({ timeframe: value === 'H1' ? null : value })}
          />
          <Button asChild>
            <Link to={`/backtests/new?symbol=${symbol}&data=market`}>Backtest here</Link>
          </Button>
        </>
      }
    >
      <Loaded query={past}>
        {found => (
          <div className="space-y-4">
            <Chart past={found} digits={known?.digits ?? 5} />
            {known && cell && (
              <div className="grid items-start gap-4 lg:grid-cols-2">
                <FactsCard cell={cell} symbol={known} />
                <RegimeCard cell={cell} />
              </div>
            )}
            <HoursCard hours={found.hours} digits={known?.digits ?? 5} />
          </div>
        )}
      </Loaded>
    </Page>
  )
}

function Newest({ symbol }: { symbol: MarketSymbol }) {
  const change = symbol.changePercent ?? 0
  return (
    <span className="num">
      {price(symbol.close, symbol.digits)}{' '}
      <span className={change >= 0 ? 'text-profit' : 'text-loss'}>{signedPercent(change / 100)}</span> in a
      day
    </span>
  )
}

function Chart({ past, digits }: { past: MarketPast; digits: number }) {
  return (
    <Card
      title={`${past.symbol} ${past.timeframe}`}
      hint="above the regimes; below, volatility’s percentile"
      bodyClassName="px-2 pb-3"
    >
      <PastChart
        bars={past.bars}
        digits={digits}
        label={`${past.symbol} ${past.timeframe}, ${past.bars.length} bars with their regimes`}
      />
      <ul aria-label="Colours" className="flex flex-wrap gap-x-4 gap-y-1 px-2 pt-2 text-muted text-xs">
        {Object.values(REGIMES).map(({ label, colour }) => (
          <li key={label} className="flex items-center gap-1.5">
            <span aria-hidden className="size-2.5 rounded-sm" style={{ backgroundColor: tint(colour, 55) }} />
            {label}
          </li>
        ))}
      </ul>
    </Card>
  )
}
