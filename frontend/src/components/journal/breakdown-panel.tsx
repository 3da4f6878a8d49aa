import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ChartBar } from 'lucide-react'
import { breakdown } from '@/api/journal-queries'
import type { Breakdown, BreakdownBy } from '@/api/journal-records'
import {
  DIMENSIONS,
  groupName,
  isOrdered,
  METRICS,
  type Metric,
  narrowTo,
  placesOf,
} from '@/components/journal/breakdown-shape'
import { useJournal } from '@/components/journal/use-journal'
import { Loaded } from '@/components/loaded'
import { useUrlState } from '@/components/search-params'
import { signedMoney } from '@/format/money'
import { percent } from '@/format/percent'
import { count } from '@/format/volume'
import { BarColumns } from '@/ui/bar-columns'
import { BarRows } from '@/ui/bar-rows'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Select } from '@/ui/input'
import { Segmented } from '@/ui/segmented'
import { Skeleton } from '@/ui/skeleton'

const ROWS_SHOWN = 12
const HEIGHT = 'h-56'

/** One figure of each group of trades; a click narrows the journal to the group. */
export function BreakdownPanel({ currency }: { currency: string }) {
  const { query, narrow } = useJournal()
  const { params, change } = useUrlState()
  const by = DIMENSIONS.find(item => item.value === params.get('by'))?.value ?? 'symbol'
  const metric = METRICS.find(item => item.value === params.get('metric')) ?? METRICS[0]
  const found = useQuery({ ...breakdown(by, query), placeholderData: keepPreviousData })
  if (!metric) return null
  const choose = (key: string) => {
    const changes = narrowTo(by, key)
    if (changes) narrow(changes)
  }
  return (
    <Card
      title="Where it comes from"
      actions={
        <Select
          aria-label="Figure"
          value={metric.value}
          onChange={event => change({ metric: event.target.value })}
          className="w-40 [&>select]:h-8"
        >
          {METRICS.map(item => (
            <option key={item.value} value={item.value}>
              {item.label}
            </option>
          ))}
        </Select>
      }
    >
      <div className="no-bar -mx-1 mb-4 overflow-x-auto px-1 py-0.5">
        <Segmented label="Group by" options={DIMENSIONS} value={by} onChange={next => change({ by: next })} />
      </div>
      <Loaded query={found} skeleton={<Skeleton className={HEIGHT} />}>
        {rows => {
          const own = rows.filter(row => row.currency === currency)
          // While the next grouping is on its way, the old rows must not be read as the new ones.
          if (found.isPlaceholderData && !own.some(row => isOf(by, row)))
            return <Skeleton className={HEIGHT} />
          return own.length === 0 ? (
            <EmptyState icon={ChartBar} title={by === 'tag' ? 'No trade has a tag yet' : 'Nothing to group'}>
              {by === 'tag' && 'Give trades tags while you review them, and see here which kind earns.'}
            </EmptyState>
          ) : (
            <Bars by={by} rows={own} metric={metric} onChoose={by === 'duration' ? undefined : choose} />
          )
        }}
      </Loaded>
    </Card>
  )
}

function isOf(by: BreakdownBy, row: Breakdown): boolean {
  return isOrdered(by) ? placesOf(by, [row]).some(place => place.key === row.key) : row.label !== ''
}

interface BarsProps {
  by: BreakdownBy
  rows: readonly Breakdown[]
  metric: Metric
  onChoose: ((key: string) => void) | undefined
}

function Bars({ by, rows, metric, onChoose }: BarsProps) {
  const text = (row: Breakdown) => {
    const value = row[metric.value]
    return value === null ? '—' : metric.format(value, row.currency)
  }
  if (isOrdered(by)) {
    return (
      <BarColumns
        label={`${metric.label} by ${by}`}
        paint={metric.isSigned ? 'sign' : 'accent'}
        onChoose={onChoose}
        columns={placesOf(by, rows).map(place => {
          const row = rows.find(item => item.key === place.key)
          const name = groupName(by, row ?? place)
          return {
            ...place,
            value: row?.[metric.value] ?? 0,
            says: row ? `${name}: ${text(row)} in ${count(row.trades)} trades` : `${name}: no trades`,
            tip: row ? <Words name={name} row={row} /> : `${name}: no trades`,
          }
        })}
      />
    )
  }
  const sorted =
    by === 'duration' ? rows : rows.toSorted((a, b) => (b[metric.value] ?? 0) - (a[metric.value] ?? 0))
  return (
    <>
      <BarRows
        label={`${metric.label} by ${by}`}
        isSigned={metric.isSigned}
        onChoose={onChoose}
        rows={sorted.slice(0, ROWS_SHOWN).map(row => ({
          key: row.key,
          label: groupName(by, row),
          value: row[metric.value] ?? 0,
          text: (
            <span className={metric.isSigned ? colourOf(row[metric.value]) : undefined}>{text(row)}</span>
          ),
          note: `${count(row.trades)} trades · ${percent(row.winRate, 0)} won`,
        }))}
      />
      {sorted.length > ROWS_SHOWN && (
        <p className="mt-2 text-faint text-xs">
          The {ROWS_SHOWN} highest of {count(sorted.length)}. Narrow the filter to see the others.
        </p>
      )}
    </>
  )
}

function Words({ name, row }: { name: string; row: Breakdown }) {
  return (
    <span className="num">
      <span className="block text-faint">{name}</span>
      <span className={`block font-semibold ${colourOf(row.netProfit)}`}>
        {signedMoney(row.netProfit, row.currency)}
      </span>
      {count(row.trades)} trades, {percent(row.winRate, 0)} won
    </span>
  )
}

function colourOf(value: number | null): string {
  if (value === null || Math.abs(value) < 0.005) return 'text-muted'
  return value > 0 ? 'text-profit' : 'text-loss'
}
