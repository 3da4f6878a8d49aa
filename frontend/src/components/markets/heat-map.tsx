import { Link } from 'react-router'
import type { MarketCell, MarketSymbol, Timeframe } from '@/api/markets'
import {
  efficiencyWords,
  ordinal,
  REGIMES,
  regimeTint,
  strengthTint,
  volatilityTint,
} from '@/components/markets/words'
import { percent, signedPercent } from '@/format/percent'
import { price } from '@/format/price'
import { cx } from '@/ui/cx'
import { Sparkline } from '@/ui/sparkline'

export type Shown = 'strength' | 'volatility' | 'regime'

const TINTS: Record<Shown, (cell: MarketCell) => string> = {
  strength: strengthTint,
  volatility: volatilityTint,
  regime: regimeTint,
}

interface Props {
  symbols: readonly MarketSymbol[]
  timeframes: readonly Timeframe[]
  shown: Shown
}

/** Symbols down, timeframes across; the colour is what is shown. */
export function HeatMap({ symbols, timeframes, shown }: Props) {
  return (
    <div className="overflow-x-auto">
      <table
        aria-label={`${shown} of each symbol by timeframe`}
        className="w-full border-separate border-spacing-1 text-sm"
      >
        <thead>
          <tr className="text-faint text-xs">
            <th scope="col" className="h-7 px-2 text-left font-medium">
              Symbol
            </th>
            {timeframes.map(one => (
              <th key={one} scope="col" className="min-w-18 font-medium">
                {one}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {symbols.map(symbol => (
            <tr key={symbol.symbol}>
              <th scope="row" className="w-px text-left font-normal sm:w-72">
                <SymbolHead symbol={symbol} />
              </th>
              {symbol.cells.map(cell => (
                <td key={cell.timeframe} className="p-0">
                  <HeatLink symbol={symbol.symbol} cell={cell} shown={shown} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function SymbolHead({ symbol }: { symbol: MarketSymbol }) {
  const change = symbol.changePercent
  return (
    <Link
      to={`/markets/${symbol.symbol}`}
      className="flex items-center gap-3 rounded-lg px-2 py-1 hover:bg-hover"
    >
      <span className="min-w-0">
        <span className="block font-medium text-ink">{symbol.symbol}</span>
        <span className="num block whitespace-nowrap text-faint text-xs">
          {price(symbol.close, symbol.digits)}{' '}
          {change !== null && (
            <span className={change >= 0 ? 'text-profit' : 'text-loss'}>{signedPercent(change / 100)}</span>
          )}
        </span>
      </span>
      <Sparkline
        values={symbol.closes}
        label={`${symbol.symbol}, the newest ${symbol.closes.length} bars of ${symbol.closesOf}`}
        className="ml-auto hidden h-8 w-24 shrink-0 sm:block"
      />
    </Link>
  )
}

function HeatLink({ symbol, cell, shown }: { symbol: string; cell: MarketCell; shown: Shown }) {
  const says = sayingOf(cell, shown)
  return (
    <Link
      to={`/markets/${symbol}?timeframe=${cell.timeframe}`}
      aria-label={`${symbol} ${cell.timeframe}: ${says.label}`}
      title={says.label}
      style={{ backgroundColor: TINTS[shown](cell) }}
      className={cx(
        'flex min-h-13 flex-col py-1 items-center justify-center rounded-lg px-1 text-center leading-tight hover:ring-1 hover:ring-line-strong hover:ring-inset',
        !cell.knownAt && 'border border-line border-dashed',
      )}
    >
      <span className="num font-medium text-ink text-sm">{says.value}</span>
      <span className="num text-2xs text-muted">{says.note}</span>
    </Link>
  )
}

function sayingOf(cell: MarketCell, shown: Shown): { value: string; note: string; label: string } {
  const { trend, volatility, regime } = cell
  const few = { value: '—', note: 'few bars', label: 'not enough bars yet' }
  if (shown === 'regime') {
    if (!regime) return few
    const { label } = REGIMES[regime.name]
    const note = percent(regime.probability, 0)
    return { value: label, note, label: `${label}, ${note} by the bars up to now` }
  }
  if (!trend || !volatility) return few
  if (shown === 'strength') {
    const note = efficiencyWords(trend.efficiency)
    return { value: trend.adx.toFixed(0), note, label: `ADX ${trend.adx.toFixed(0)}, efficiency ${note}` }
  }
  const place = ordinal(volatility.percentile * 100)
  const note = `${volatility.atrPercent.toFixed(2)} %`
  return { value: place, note, label: `ATR ${note} of the price, the ${place} percentile of its last bars` }
}
