import type { MarketCell, MarketSymbol } from '@/api/markets'
import { RegimeBadge } from '@/components/markets/regime-badge'
import { efficiencyWords, ordinal, persistenceWords, REGIMES, tint } from '@/components/markets/words'
import { Moment } from '@/components/moment'
import { percent } from '@/format/percent'
import { Card } from '@/ui/card'
import { Facts } from '@/ui/facts'

/** A symbol's figures on one timeframe. */
export function FactsCard({ cell, symbol }: { cell: MarketCell; symbol: MarketSymbol }) {
  const { volatility, trend, spread } = { ...cell, spread: symbol.spread }
  if (!volatility || !trend) {
    return (
      <Card title={cell.timeframe}>
        <p className="text-muted text-sm">
          Sixty closed bars of {cell.timeframe} are needed before anything is said; they come with time.
        </p>
      </Card>
    )
  }
  return (
    <Card title="Figures" hint={`${cell.bars} closed bars of ${cell.timeframe}`}>
      <Facts
        columns={2}
        facts={[
          ['ATR (14)', `${volatility.atrPoints.toFixed(0)} points · ${volatility.atrPercent.toFixed(3)} %`],
          ['Percentile of it', `${ordinal(volatility.percentile * 100)} of its last bars`],
          ['Realised, a day', `${volatility.realisedPercent.toFixed(2)} %`],
          [
            'Spread',
            spread
              ? `${spread.nowPoints.toFixed(0)} · usual ${spread.usualPoints.toFixed(0)} points`
              : 'few days yet',
          ],
          ['ADX (14)', trend.adx.toFixed(1)],
          ['Efficiency (20)', efficiencyWords(trend.efficiency)],
          ['Hurst exponent', persistenceWords(cell)],
          ['Newest bar closed', <Moment key="at" at={cell.knownAt} />],
        ]}
      />
    </Card>
  )
}

/** The probabilities of all regimes, not only of the likeliest. */
export function RegimeCard({ cell }: { cell: MarketCell }) {
  const { regime } = cell
  return (
    <Card title="Regime" hint="by the bars up to now" actions={<RegimeBadge regime={regime} />}>
      {regime ? (
        <>
          <ul aria-label="Probabilities" className="space-y-2">
            {Object.entries(REGIMES).map(([name, look]) => {
              const chance = regime.probabilities[name as keyof typeof REGIMES] ?? 0
              return (
                <li key={name} className="grid grid-cols-[7.5rem_1fr_3rem] items-center gap-3 text-sm">
                  <span className="text-muted">{look.label}</span>
                  <span aria-hidden className="h-2.5 overflow-hidden rounded-sm bg-hover">
                    <span
                      className="block h-full rounded-sm"
                      style={{ width: `${chance * 100}%`, backgroundColor: tint(look.colour, 80) }}
                    />
                  </span>
                  <span className="num text-right">{percent(chance, 0)}</span>
                </li>
              )
            })}
          </ul>
          <p className="mt-3 text-faint text-xs">
            Since <Moment at={regime.since} />. The model saw {regime.trainedOn} bars, all before those that
            it names. It says what the market does, not what it will do.
          </p>
        </>
      ) : (
        <p className="text-muted text-sm">
          A first model needs 240 bars before a boundary of two to four weeks.
        </p>
      )}
    </Card>
  )
}
