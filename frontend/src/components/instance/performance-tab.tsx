import { useQuery } from '@tanstack/react-query'
import { Activity } from 'lucide-react'
import { useMemo } from 'react'
import { type PerformanceSample, performanceOf } from '@/api/history-queries'
import type { Instance } from '@/api/records'
import { CsvLink } from '@/components/csv-link'
import { Loaded } from '@/components/loaded'
import { useUrlState } from '@/components/search-params'
import { axisMoney } from '@/format/money'
import { EmptyState } from '@/ui/empty-state'
import { LinesChart } from '@/ui/lines-chart'
import { Segmented } from '@/ui/segmented'

const RANGES = [
  { value: '24', label: 'Day' },
  { value: '168', label: 'Week' },
  { value: '2160', label: '90 days' },
  { value: '17520', label: '2 years' },
] as const

const EACH = { raw: 'every half minute', minute: 'every minute', hour: 'every hour' } as const

type Measure = 'profit' | 'equity' | 'balance' | 'cpuPercent' | 'memoryMb'

/** How the EA did, and what it used, over a range that the URL names. */
export function PerformanceTab({ instance }: { instance: Instance }) {
  const { params, change } = useUrlState()
  const range = RANGES.find(item => item.value === params.get('range'))?.value ?? '24'
  const query = useQuery(performanceOf(instance.id, Number(range)))
  return (
    <div className="p-4">
      <div className="mb-3 flex flex-wrap items-center gap-3">
        <Segmented
          label="Range"
          options={RANGES}
          value={range}
          onChange={next => change({ range: next === '24' ? null : next })}
        />
        <p className="text-faint text-xs">{query.data && `Written ${EACH[query.data.resolution]}`}</p>
        <div className="ml-auto">
          <CsvLink href={`/api/instances/${instance.id}/performance.csv?hours=${range}`} what="Performance" />
        </div>
      </div>
      <Loaded query={query}>
        {found =>
          found.samples.length < 2 ? (
            <EmptyState icon={Activity} title="No curve in this range yet">
              While the EA runs, a sample is written every half minute.
            </EmptyState>
          ) : (
            <Plots samples={found.samples} currency={instance.currency} />
          )
        }
      </Loaded>
    </div>
  )
}

function Plots({ samples, currency }: { samples: readonly PerformanceSample[]; currency: string }) {
  const money = useMemo(() => (value: number) => axisMoney(value, currency, true), [currency])
  return (
    <div className="grid gap-5 lg:grid-cols-2">
      <Plot title="Profit of the EA" measure="profit" colour={0} samples={samples} format={money} />
      <Plot
        title="Equity of the account"
        measure="equity"
        beside={BALANCE}
        colour={1}
        samples={samples}
        format={money}
      />
      <Plot title="CPU, of one core" measure="cpuPercent" colour={2} samples={samples} format={asPercent} />
      <Plot title="Memory" measure="memoryMb" colour={3} samples={samples} format={asMegabytes} />
    </div>
  )
}

interface PlotProps {
  title: string
  measure: Measure
  /** A second curve, on the same axis, and its name. */
  beside?: { measure: Measure; label: string }
  colour: number
  samples: readonly PerformanceSample[]
  format: (value: number) => string
}

function Plot({ title, measure, beside, colour, samples, format }: PlotProps) {
  const lines = useMemo(() => {
    const own = { key: measure, colour, dots: dotsOf(samples, measure) }
    if (!beside) return [own]
    return [{ key: beside.measure, colour, isSteps: true, dots: dotsOf(samples, beside.measure) }, own]
  }, [samples, measure, beside, colour])
  const last = lines.at(-1)?.dots.at(-1)
  const lastBeside = beside && lines[0]?.dots.at(-1)
  return (
    <figure className="min-w-0 rounded-lg border border-line">
      <figcaption className="flex flex-wrap justify-between gap-x-3 px-3 py-2 text-muted text-xs">
        {title}
        <span className="num text-ink">
          {lastBeside && (
            <span className="mr-3 text-faint">
              {beside.label} {format(lastBeside.value)}
            </span>
          )}
          {last ? format(last.value) : '—'}
        </span>
      </figcaption>
      {last ? (
        <LinesChart
          lines={lines}
          format={format}
          label={`${beside ? 'Equity and balance' : title} over time`}
          hasZero={measure !== 'equity'}
          className="h-44"
        />
      ) : (
        <p className="flex h-44 items-center justify-center px-3 text-faint text-xs">
          The driver does not say.
        </p>
      )}
    </figure>
  )
}

const BALANCE = { measure: 'balance', label: 'dashed: balance' } as const

function dotsOf(samples: readonly PerformanceSample[], measure: Measure) {
  return samples.flatMap(one => {
    const value = one[measure]
    return value === null ? [] : [{ time: Math.floor(Date.parse(one.at) / 1000), value }]
  })
}

const asPercent = (value: number): string => `${value.toFixed(1)} %`
const asMegabytes = (value: number): string => `${value.toFixed(0)} MB`
