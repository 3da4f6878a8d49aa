import type { EaVersionDetail, Trial, TrialFigures } from '@/api/release-records'
import { memory } from '@/components/operator/words'
import { money } from '@/format/money'
import { count } from '@/format/volume'
import { Callout } from '@/ui/callout'
import { Card } from '@/ui/card'
import { EquityChart } from '@/ui/equity-chart'
import { Facts } from '@/ui/facts'

/** The dry run in the sandbox: how far it is, how it failed, or how it went. */
export function TrialCard({ version }: { version: EaVersionDetail }) {
  const { trial } = version
  return (
    <Card title="Trial" hint="A dry run over the sample market, in the sandbox">
      {version.state === 'draft' ? (
        <Running trial={trial} />
      ) : trial === null ? (
        <p className="text-muted text-sm">It was never run: the static checks refused it first.</p>
      ) : trial.error ? (
        <Callout tone="loss" title="The trial failed">
          {trial.error}
        </Callout>
      ) : (
        trial.figures && <Went figures={trial.figures} />
      )}
      {version.state !== 'draft' && trial?.figures && <Measured figures={trial.figures} />}
    </Card>
  )
}

function Running({ trial }: { trial: Trial | null }) {
  const percent = Math.round((trial?.progress ?? 0) * 100)
  return (
    <div aria-live="polite">
      <p className="text-muted text-sm">
        {trial?.error || (percent > 0 ? `It trades: ${percent} % of the bars.` : 'It waits for its turn.')}
      </p>
      <div
        role="progressbar"
        aria-label="Trial"
        aria-valuenow={percent}
        aria-valuemin={0}
        aria-valuemax={100}
        className="mt-3 h-1.5 overflow-hidden rounded-full bg-line-strong"
      >
        <div
          className="h-full animate-sheen rounded-full bg-accent transition-[width]"
          style={{ width: `${Math.max(3, percent)}%` }}
        />
      </div>
    </div>
  )
}

function Went({ figures }: { figures: TrialFigures }) {
  const start = figures.equity[0]?.equity ?? 0
  return (
    <>
      <EquityChart
        dots={figures.equity.map(dot => ({ ...dot, balance: start }))}
        currency={figures.currency}
        label={`Equity of the trial on ${figures.symbol}`}
        className="h-52"
      />
      <div className="mt-4">
        <Facts
          facts={[
            ['Result', money(figures.netProfit, figures.currency)],
            ['Trades', count(figures.trades)],
            ['Market', `${figures.symbol}, ${count(figures.bars)} bars, ${count(figures.ticks)} ticks`],
          ]}
        />
      </div>
      <p className="mt-3 text-faint text-xs">
        The result is what the EA’s own process told, over ten days of made-up prices. It shows that the EA
        trades, not that it earns.
      </p>
      {figures.log.length > 0 && <Log lines={figures.log} />}
    </>
  )
}

function Log({ lines }: { lines: readonly string[] }) {
  return (
    <details className="mt-3 text-xs">
      <summary className="cursor-pointer text-muted hover:text-ink">
        Its last {lines.length} log lines
      </summary>
      <pre className="mt-2 max-h-48 overflow-auto rounded-lg bg-canvas p-3 font-mono text-muted">
        {lines.join('\n')}
      </pre>
    </details>
  )
}

function Measured({ figures }: { figures: TrialFigures }) {
  return (
    <div className="mt-4 border-line border-t pt-4">
      <h3 className="mb-2 font-medium text-faint text-xs">Measured from outside</h3>
      <Facts
        facts={[
          ['Took', `${figures.wallS.toFixed(1)} s, ${figures.cpuS.toFixed(1)} s of processor`],
          ['Speed', figures.ticks > 0 ? `${count(Math.round(figures.ticksPerS))} ticks a second` : '—'],
          ['Memory', memory(figures.memoryMb)],
        ]}
      />
      {figures.limits && <p className="mt-2 text-faint text-xs">Shut in by {figures.limits}.</p>}
    </div>
  )
}
