import { useQuery } from '@tanstack/react-query'
import { TrendingDown } from 'lucide-react'
import { decay, type ModelHealth } from '@/api/models'
import { bps } from '@/components/brain/words'
import { CsvLink } from '@/components/csv-link'
import { Loaded } from '@/components/loaded'
import { percent } from '@/format/percent'
import { count } from '@/format/volume'
import { Callout } from '@/ui/callout'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { LinesChart } from '@/ui/lines-chart'
import { Stat, StatStrip } from '@/ui/stat'

/** How a version does since it is asked: hit rate, calibration and drift over time. */
export function DecayCard({ versionId }: { versionId: string }) {
  const query = useQuery(decay(versionId))
  return (
    <Card
      title="Since it is asked"
      hint="its newest signals, each bar once"
      actions={
        query.data?.length ? (
          <CsvLink href={`/api/models/versions/${versionId}/decay.csv`} what="Its days" />
        ) : undefined
      }
    >
      <Loaded query={query}>
        {days => {
          const newest = days.at(-1)
          return newest ? (
            <Decay days={days} newest={newest} />
          ) : (
            <EmptyState icon={TrendingDown} title="Nothing to judge yet">
              Once its signals have outcomes, what they were worth stands here for each day.
            </EmptyState>
          )
        }}
      </Loaded>
    </Card>
  )
}

const STABILITY = { stable: 'Stable', moved: 'Moved', moved_much: 'Moved much' } as const

function Decay({ days, newest }: { days: readonly ModelHealth[]; newest: ModelHealth }) {
  return (
    <>
      {newest.isDecayed && (
        <Callout tone="warn" title="It is no longer as right as it says" className="mb-4">
          What came differs from what it said by more than chance would have it (p = {p(newest.calibrationP)}
          ).
        </Callout>
      )}
      {newest.stability === 'moved_much' && (
        <Callout tone="warn" title="The market is not what it was trained on" className="mb-4">
          {newest.psiFeature} has moved most: a stability index of {newest.psi?.toFixed(2)}, and from 0.25 on
          that is much.
        </Callout>
      )}
      <StatStrip>
        <Stat
          label="Hit rate"
          value={percent(newest.hitRatio)}
          note={
            newest.hitLow === null
              ? `${count(newest.judged)} judged`
              : `${percent(newest.hitLow, 0)} to ${percent(newest.hitHigh, 0)}, of ${count(newest.judged)}`
          }
        />
        <Stat
          label="It said"
          value={percent(newest.expectedHitRatio)}
          note={newest.judged ? 'of the same signals' : 'no signal is judged'}
        />
        <Stat label="Mean return" value={bps(newest.meanReturnBps)} note="after costs" />
        <Stat
          label="Calibration gap"
          value={newest.calibrationGap === null ? '—' : percent(newest.calibrationGap)}
          note={`p = ${p(newest.calibrationP)}`}
        />
        <Stat
          label="Features"
          value={newest.stability ? STABILITY[newest.stability] : '—'}
          note={newest.psi === null ? 'too few signals' : `${newest.psiFeature} ${newest.psi.toFixed(2)}`}
        />
      </StatStrip>
      {days.length > 1 && (
        <>
          <p className="mt-5 mb-1 text-muted text-sm">
            Hit rate by day; the dashed line is what the model itself said of these signals.
          </p>
          <LinesChart
            label="Hit rate and what was expected, by day"
            hasZero={false}
            format={whole}
            lines={[
              { key: 'hit', colour: 0, dots: dotsOf(days, day => day.hitRatio) },
              { key: 'said', colour: 1, isSteps: true, dots: dotsOf(days, day => day.expectedHitRatio) },
            ]}
            className="h-56"
          />
          <p className="mt-4 mb-1 text-muted text-sm">
            Calibration gap by day: what it said less what came. Far from zero it is wrong about itself.
          </p>
          <LinesChart
            label="Calibration gap by day"
            format={whole}
            lines={[{ key: 'gap', colour: 2, dots: dotsOf(days, day => day.calibrationGap) }]}
            className="h-44"
          />
        </>
      )}
    </>
  )
}

const whole = (value: number): string => percent(value, 1)
const p = (value: number | null): string =>
  value === null ? '—' : value < 0.001 ? '<0.001' : value.toFixed(3)

const dotsOf = (days: readonly ModelHealth[], of: (day: ModelHealth) => number | null) =>
  days.flatMap(day => {
    const value = of(day)
    return value === null ? [] : [{ time: Date.parse(`${day.day}T00:00:00Z`) / 1000, value }]
  })
