import { useQuery } from '@tanstack/react-query'
import { ChartColumn, ChartScatter } from 'lucide-react'
import { useMemo } from 'react'
import { useNavigate } from 'react-router'
import { tradeList } from '@/api/journal-queries'
import type { Trade } from '@/api/records'
import { NEWEST_FIRST } from '@/components/journal/filters'
import { histogram } from '@/components/journal/histogram'
import { useJournal } from '@/components/journal/use-journal'
import { Loaded } from '@/components/loaded'
import { axisMoney, money, signedMoney } from '@/format/money'
import { multiple } from '@/format/multiple'
import { count } from '@/format/volume'
import { BarColumns } from '@/ui/bar-columns'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Scatter } from '@/ui/scatter'
import { Skeleton } from '@/ui/skeleton'

/** What is drawn trade by trade is drawn of the newest. */
const SAMPLE = 200
const HEIGHT = 'h-56'
const LABELS = 8

/** How the results spread in units of what was risked, and how far trades went before they ended. */
export function RiskPanels({ currency }: { currency: string }) {
  const { query } = useJournal()
  const found = useQuery(
    tradeList({ ...query, state: 'closed', sort: NEWEST_FIRST, page: 1, pageSize: SAMPLE }),
  )
  const hint = (found.data?.total ?? 0) > SAMPLE ? `the newest ${SAMPLE} trades` : undefined
  const own = useMemo(
    () => found.data?.items.filter(trade => trade.currency === currency) ?? [],
    [found.data, currency],
  )
  return (
    <div className="grid gap-4 xl:grid-cols-2">
      <Card title="Results in R" hint={hint}>
        <Loaded query={found} skeleton={<Skeleton className={HEIGHT} />}>
          {() => <Spread trades={own} />}
        </Loaded>
      </Card>
      <Card title="How far trades went" hint={hint}>
        <Loaded query={found} skeleton={<Skeleton className={HEIGHT} />}>
          {() => <Reach trades={own} currency={currency} />}
        </Loaded>
      </Card>
    </div>
  )
}

function Spread({ trades }: { trades: readonly Trade[] }) {
  const bins = useMemo(() => histogram(trades.flatMap(trade => trade.r ?? [])), [trades])
  if (bins.length === 0) {
    return (
      <EmptyState icon={ChartColumn} title="No trade has an R yet">
        R is the result divided by the distance of the first stop-loss: trades without a stop have none.
      </EmptyState>
    )
  }
  const every = Math.ceil(bins.length / LABELS)
  const zeroAt = Math.max(
    0,
    bins.findIndex(bin => bin.from === 0),
  )
  return (
    <BarColumns
      label="Trades by R multiple"
      paint={key => (Number(key) < 0 ? 'loss' : 'gain')}
      columns={bins.map((bin, index) => {
        const words = `${multiple(bin.from)} to ${multiple(bin.to)}`
        const trades = bin.count === 1 ? '1 trade' : `${count(bin.count)} trades`
        return {
          key: String(bin.from),
          label: (index - zeroAt) % every === 0 ? `${bin.from}`.replace('-', '−') : '',
          value: bin.count,
          says: `${words}: ${trades}`,
          tip: (
            <span className="num">
              <span className="block text-faint">{words}</span>
              {trades}
            </span>
          ),
        }
      })}
    />
  )
}

function Reach({ trades, currency }: { trades: readonly Trade[]; currency: string }) {
  const navigate = useNavigate()
  const dots = useMemo(
    () =>
      trades.flatMap(trade =>
        trade.maeMoney === null || trade.mfeMoney === null
          ? []
          : {
              key: trade.id,
              x: Math.abs(trade.maeMoney),
              y: Math.abs(trade.mfeMoney),
              isGain: trade.netProfit >= 0,
              says: `${trade.symbol} ${signedMoney(trade.netProfit, currency)}: ${money(Math.abs(trade.maeMoney), currency)} against, ${money(Math.abs(trade.mfeMoney), currency)} in favour`,
            },
      ),
    [trades, currency],
  )
  if (dots.length === 0) {
    return (
      <EmptyState icon={ChartScatter} title="No trade is measured yet">
        How far a trade went against and for you is measured on its candles, once its terminal sent them.
      </EmptyState>
    )
  }
  return (
    <Scatter
      label="Each trade by how far it went against and for its holder"
      dots={dots}
      xLabel="Worst moment (MAE)"
      yLabel="Best moment (MFE)"
      format={value => axisMoney(value, currency, false)}
      onChoose={id => void navigate(`/journal/trades/${id}`)}
      className="max-h-72"
    />
  )
}
