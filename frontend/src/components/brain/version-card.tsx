import { useQuery } from '@tanstack/react-query'
import type { ModelCard } from '@/api/model-card'
import { type ModelDetail, type ModelVersionDetail, modelVersion } from '@/api/models'
import { CalibrationPlot } from '@/components/brain/calibration-plot'
import { DecayCard } from '@/components/brain/decay-card'
import { EquityCurves } from '@/components/brain/equity-curves'
import { GateCard } from '@/components/brain/gate-card'
import { ImportanceBars } from '@/components/brain/importance-bars'
import { MetricsTable } from '@/components/brain/metrics-table'
import { VersionActions } from '@/components/brain/model-actions'
import { bps, cardDay, MODEL_STATES } from '@/components/brain/words'
import { Loaded } from '@/components/loaded'
import { Moment } from '@/components/moment'
import { StateBadge } from '@/components/state-badge'
import { percent } from '@/format/percent'
import { count } from '@/format/volume'
import { Card } from '@/ui/card'
import { Copyable } from '@/ui/copyable'
import { Facts } from '@/ui/facts'
import { Skeleton } from '@/ui/skeleton'

/** Everything that must be known of a version before anybody trusts it. */
export function VersionCard({ model, id }: { model: ModelDetail; id: string }) {
  const query = useQuery(modelVersion(id))
  return (
    <Loaded query={query} skeleton={<Skeleton className="h-96 rounded-xl" />}>
      {version => <Shown model={model} version={version} />}
    </Loaded>
  )
}

function Shown({ model, version }: { model: ModelDetail; version: ModelVersionDetail }) {
  const { card } = version
  const isAsked =
    version.state === 'champion' || version.state === 'challenger' || version.promotedAt !== null
  return (
    <div className="space-y-5">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h2 className="flex items-center gap-2 font-semibold text-ink text-lg">
          Version {version.number} <StateBadge look={MODEL_STATES[version.state]} />
        </h2>
        <VersionActions model={model} version={version} />
      </div>
      <GateCard card={card} />
      {isAsked && <DecayCard versionId={version.id} />}
      <Card
        title="What it was worth on prices unseen"
        hint={`intervals of ${percent(card.confidence, 0)}`}
        bodyClassName="p-0"
      >
        <MetricsTable metrics={card.metrics} />
        {card.equity.length > 1 && (
          <div className="border-line border-t p-4">
            <p className="mb-1 text-muted text-sm">
              Sum of net returns, one unit a trade; the dashed line is the baseline’s.
            </p>
            <EquityCurves card={card} />
          </div>
        )}
      </Card>
      <div className="grid grid-cols-1 items-start gap-5 lg:grid-cols-2">
        <Card title="Is it as right as it says?" hint="out of sample">
          {card.calibration.length > 0 ? (
            <CalibrationPlot points={card.calibration} />
          ) : (
            <p className="text-muted text-sm">Its card has no calibration.</p>
          )}
        </Card>
        <Card title="What it looks at" hint="loss when shuffled, thousandths">
          {card.importance.length > 0 ? (
            <ImportanceBars rows={card.importance} />
          ) : (
            <p className="text-muted text-sm">Its card says nothing of its features’ importance.</p>
          )}
        </Card>
      </div>
      <Made version={version} card={card} />
    </div>
  )
}

function Made({ version, card }: { version: ModelVersionDetail; card: ModelCard }) {
  const hash = version.contentHash
  return (
    <Card title="How it was made">
      <Facts
        columns={2}
        facts={[
          ['Prices', `${cardDay(card.begin)} to ${cardDay(card.end)}`],
          ['Samples', `${count(card.samples)}, worth ${count(Math.round(card.effectiveSamples))}`],
          ['Features', count(card.features.length)],
          ['Tried before', card.trials === 1 ? 'one model' : `${count(card.trials)} models`],
          ['Walk forward', `${card.folds.length} steps`],
          ['Seed', String(card.seed)],
          ['Made by', version.madeBy],
          ['File', <Copyable key="file" text={hash} shown={`${hash.slice(0, 16)}…`} label="hash" />],
          [
            'Data hash',
            <Copyable
              key="data"
              text={card.dataHash}
              shown={`${card.dataHash.slice(0, 16)}…`}
              label="data hash"
            />,
          ],
          ['Registered', <Moment key="made" at={version.createdAt} />],
          ['Promoted', version.promotedAt ? <Moment key="promoted" at={version.promotedAt} /> : '—'],
        ]}
      />
      <p className="mt-3 text-muted text-sm">It was taught {card.label}.</p>
      {card.costs.map(costs => (
        <p key={costs.symbol} className="mt-3 text-muted text-sm">
          A trade of {costs.symbol} was charged {bps(costs.spreadBps, 2).replace('+', '')} of spread (
          {costs.spreadPoints.toFixed(1)} points) and {bps(costs.commissionBps, 2).replace('+', '')} of
          commission; a night {bps(costs.swapLongBps, 2)} long, {bps(costs.swapShortBps, 2)} short. The spread
          is that of {costs.source}.
        </p>
      ))}
      {card.notes.map(note => (
        <p key={note} className="mt-3 text-muted text-sm">
          {note}
        </p>
      ))}
      {version.note && <p className="mt-3 text-ink text-sm">{version.note}</p>}
    </Card>
  )
}
