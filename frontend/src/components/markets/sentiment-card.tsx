import { Users } from 'lucide-react'
import type { MarketSymbol } from '@/api/markets'
import { Ago } from '@/components/moment'
import { percent } from '@/format/percent'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'

/** How a crowd is positioned, where that is fed. */
export function SentimentCard({ symbols }: { symbols: readonly MarketSymbol[] }) {
  const known = symbols.filter(one => one.sentiment)
  return (
    <Card title="Sentiment" hint={known.length > 0 && 'long of a crowd'}>
      {known.length === 0 ? (
        <EmptyState icon={Users} title="No sentiment is fed" className="py-6">
          Who runs the installation names a file by METAFLEET_MARKET_SENTIMENT.
        </EmptyState>
      ) : (
        <ul aria-label="Sentiment" className="space-y-3">
          {known.map(({ symbol, sentiment }) =>
            sentiment ? (
              <li key={symbol}>
                <span className="flex items-baseline justify-between text-sm">
                  <span className="text-ink">{symbol}</span>
                  <span className="num text-faint text-xs">
                    {percent(sentiment.longRatio, 0)} long · <Ago at={sentiment.at} />
                  </span>
                </span>
                <span aria-hidden className="mt-1 flex h-2 overflow-hidden rounded-sm">
                  <span className="bg-profit/70" style={{ width: `${sentiment.longRatio * 100}%` }} />
                  <span className="flex-1 bg-loss/70" />
                </span>
              </li>
            ) : null,
          )}
        </ul>
      )}
    </Card>
  )
}
