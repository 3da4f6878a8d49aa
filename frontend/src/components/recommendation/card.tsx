import { FlaskConical } from 'lucide-react'
import { Link } from 'react-router'
import type { CurrentRecommendation } from '@/api/recommendations'
import { DeployToPaper } from '@/components/recommendation/deploy'
import { IntervalPlot } from '@/components/recommendation/interval-plot'
import {
  CURRENCY,
  luckWords,
  nameOf,
  perTrade,
  sourceWords,
  VERDICTS,
  worked,
} from '@/components/recommendation/words'
import { StateBadge } from '@/components/state-badge'
import { money } from '@/format/money'
import { percent } from '@/format/percent'
import { count } from '@/format/volume'
import { Badge } from '@/ui/badge'
import { Callout } from '@/ui/callout'
import { Facts } from '@/ui/facts'
import { Profit } from '@/ui/profit'
import { Sparkline } from '@/ui/sparkline'

interface Props {
  row: CurrentRecommendation
  place: number
  reach: number
  isChosen: boolean
  onChoose: () => void
}

/** One recommendation: what, why, how sure, what it costs when it goes wrong. */
export function RecommendationCard({ row, place, reach, isChosen, onChoose }: Props) {
  const { evidence } = row
  return (
    <article
      aria-label={nameOf(row)}
      className="flex min-w-0 flex-col gap-4 rounded-xl border border-line bg-surface p-4"
    >
      <header className="flex flex-wrap items-center gap-2">
        <span className="num text-faint text-sm">{place}</span>
        <h2 className="min-w-0 font-semibold text-ink">
          <Link to={`/catalogue/${row.templateSlug}`} className="rounded hover:underline">
            {row.templateName}
          </Link>{' '}
          on {row.symbol}
        </h2>
        <Badge>{row.timeframe}</Badge>
        <StateBadge look={VERDICTS[row.verdict]} />
        <label className="ml-auto flex cursor-pointer items-center gap-2 text-muted text-xs">
          <input type="checkbox" className="size-4 accent-accent" checked={isChosen} onChange={onChoose} />
          Compare
        </label>
      </header>
      <div className="grid gap-4 sm:grid-cols-2">
        <div className="min-w-0">
          <p className="flex items-baseline gap-2">
            {row.verdict === 'thin' ? (
              <span className="num font-semibold text-muted text-xl">{perTrade(evidence.netPerTrade)}</span>
            ) : (
              <Profit value={evidence.netPerTrade} currency={CURRENCY} className="font-semibold text-xl" />
            )}
            <span className="text-muted text-sm">a trade, costs in</span>
          </p>
          <IntervalPlot evidence={evidence} reach={reach} />
          <p className="num mt-1 text-faint text-xs">
            {count(evidence.similar)} of {count(evidence.trades)} trades out of sample began in a market that
            is <span className="text-muted">{row.regime || 'unknown'}</span>, as it is now
          </p>
        </div>
        <div className="min-w-0">
          <Sparkline
            values={[0, ...evidence.equity.map(dot => dot.net)]}
            label={`Out of sample it made ${perTrade(evidence.net)} in ${evidence.days} days`}
            className="h-16 w-full"
          />
          <p className="num mt-1 text-faint text-xs">
            <Profit value={evidence.net} currency={CURRENCY} /> out of sample, {evidence.fromDay} to{' '}
            {evidence.toDay}
          </p>
        </div>
      </div>
      {evidence.missing.length > 0 && (
        <Callout tone={row.verdict === 'against' ? 'loss' : 'warn'} title="What is missing">
          <ul className="list-disc pl-4">
            {evidence.missing.map(one => (
              <li key={one}>{one}</li>
            ))}
          </ul>
        </Callout>
      )}
      <p className="text-muted text-sm">{row.explanation}</p>
      {row.explanationNote && <p className="text-faint text-xs">{row.explanationNote}</p>}
      <Facts columns={2} facts={factsOf(row)} />
      <Inputs row={row} />
      <footer className="mt-auto flex flex-wrap items-center justify-between gap-2 text-faint text-xs">
        <span>
          <FlaskConical aria-hidden className="mr-1 inline size-3.5" />
          {sourceWords(evidence.source)}; {evidence.tried} sets of inputs tried, {evidence.compared} compared
          {row.explanationAuthor !== 'template' && '; in words by a language model, its numbers checked'}
        </span>
        <DeployToPaper row={row} />
      </footer>
    </article>
  )
}

function factsOf(row: CurrentRecommendation) {
  const { evidence, likeness } = row
  return [
    ['Sharpe in this regime', evidence.sharpe ?? '—'],
    ['Trades won', evidence.winRate === null ? '—' : percent(evidence.winRate)],
    [`Usual fall in ${evidence.fallDays} days`, money(evidence.fallUsual, CURRENCY)],
    ['A bad one', money(evidence.fallBad, CURRENCY)],
    ['More than luck', luckWords(evidence.beyondLuck)],
    ['Trades a month', evidence.tradesAMonth],
    [
      'Like what you run',
      likeness ? (
        <Link
          key="like"
          to={`/instances/${likeness.instanceId}`}
          title={`${likeness.days} days, ${likeness.basis}`}
          className="rounded hover:underline"
        >
          {likeness.correlation.toFixed(2)} · {likeness.name}
        </Link>
      ) : (
        row.unlike
      ),
    ],
  ] as const
}

function Inputs({ row }: { row: CurrentRecommendation }) {
  const changed = row.shownInputs.filter(one => one.isChanged)
  return (
    <details className="text-sm">
      <summary className="cursor-pointer rounded text-muted hover:text-ink">
        {changed.length === 0
          ? "Inputs as the EA's author has them"
          : `Inputs: ${changed.map(one => `${one.title} ${worked(one.value)}${one.unit ? ` ${one.unit}` : ''}`).join(', ')}`}
      </summary>
      <Facts
        columns={2}
        className="mt-2"
        facts={row.shownInputs.map(one => [
          one.title,
          <span key={one.name} className={one.isChanged ? 'font-semibold' : 'text-muted'}>
            {worked(one.value)} {one.unit}
          </span>,
        ])}
      />
    </details>
  )
}
