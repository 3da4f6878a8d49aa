import { useQuery } from '@tanstack/react-query'
import { correlations, type MarketCorrelations, type Timeframe } from '@/api/markets'
import { Loaded } from '@/components/loaded'
import { correlationTint } from '@/components/markets/words'
import { Card } from '@/ui/card'

/** How symbols' changes go together, with the interval on hover. */
export function CorrelationCard({ timeframe }: { timeframe: Timeframe }) {
  const query = useQuery(correlations(timeframe))
  const changes = query.data?.changes ?? 0
  return (
    <Card title="Correlation" hint={changes > 0 ? `${changes} bars of ${timeframe}` : timeframe}>
      <Loaded query={query}>{found => <Matrix found={found} />}</Loaded>
    </Card>
  )
}

function Matrix({ found }: { found: MarketCorrelations }) {
  if (found.symbols.length < 2 || found.values[0]?.[1] === null) {
    return <p className="text-muted text-sm">Two symbols with thirty bars in common are needed.</p>
  }
  return (
    <div className="overflow-x-auto">
      <table aria-label="Correlation of symbols" className="w-full border-separate border-spacing-1 text-xs">
        <thead>
          <tr className="text-faint">
            <td />
            {found.symbols.map(name => (
              <th key={name} scope="col" className="pb-1 font-medium text-2xs">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {found.symbols.map((name, row) => (
            <tr key={name}>
              <th scope="row" className="pr-1 text-left font-medium text-muted">
                {name}
              </th>
              {found.symbols.map((other, column) => (
                <Value key={other} found={found} row={row} column={column} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Value({ found, row, column }: { found: MarketCorrelations; row: number; column: number }) {
  const value = found.values[row]?.[column] ?? null
  if (row === column) return <td aria-hidden className="rounded-md bg-hover/40" />
  const low = found.low[row]?.[column]
  const high = found.high[row]?.[column]
  return (
    <td
      className="num h-9 min-w-12 rounded-md text-center text-ink"
      style={{ backgroundColor: value === null ? undefined : correlationTint(value) }}
      title={
        value === null
          ? 'not known'
          : `${found.symbols[row]} and ${found.symbols[column]}: 95 % from ${low?.toFixed(2)} to ${high?.toFixed(2)}`
      }
    >
      {value === null ? '—' : value.toFixed(2).replace('-', '−')}
    </td>
  )
}
