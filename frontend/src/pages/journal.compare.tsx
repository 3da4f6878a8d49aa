import { useQuery } from '@tanstack/react-query'
import { GitCompareArrows } from 'lucide-react'
import { useMemo } from 'react'
import { breakdown, compared } from '@/api/journal-queries'
import type { CompareBy, Compared } from '@/api/journal-records'
import { CompareTable } from '@/components/journal/compare-table'
import { FilterChip } from '@/components/journal/filter-chip'
import { useJournal } from '@/components/journal/use-journal'
import { Loaded } from '@/components/loaded'
import { useUrlState } from '@/components/search-params'
import { axisMoney } from '@/format/money'
import { count } from '@/format/volume'
import { Card } from '@/ui/card'
import { ChoiceList } from '@/ui/choice-list'
import { cx } from '@/ui/cx'
import { EmptyState } from '@/ui/empty-state'
import { LinesChart } from '@/ui/lines-chart'
import { Segmented } from '@/ui/segmented'
import { Skeleton } from '@/ui/skeleton'

/** As many as the hub compares and the palette tells apart. */
const MOST = 8
/** Compared unasked: the most traded ones. */
const FIRST = 4
/** Results that stay below are told apart by cents. */
const FINE = 20
const HEIGHT = 'h-80 sm:h-96'
const KINDS = [
  { value: 'symbol', label: 'Symbols' },
  { value: 'ea', label: 'EAs' },
  { value: 'account', label: 'Accounts' },
] as const satisfies readonly { value: CompareBy; label: string }[]

export default function JournalComparePage() {
  const { query } = useJournal()
  const { params, change } = useUrlState()
  const by = KINDS.find(kind => kind.value === params.get('by'))?.value ?? 'symbol'
  const groups = useQuery(breakdown(by, query))
  const choices = useMemo(() => {
    const sorted = [...(groups.data ?? [])].sort((a, b) => b.trades - a.trades)
    const byKey = new Map(sorted.map(row => [row.key, row]))
    return [...byKey.values()].map(row => ({ value: row.key, label: row.label, note: count(row.trades) }))
  }, [groups.data])
  const asked = params.get('keys')?.split(',').filter(Boolean)
  const keys = (asked ?? choices.slice(0, FIRST).map(choice => choice.value)).slice(0, MOST)
  const found = useQuery(compared(by, groups.data || asked ? keys : [], query))
  const word = KINDS.find(kind => kind.value === by)?.label ?? ''
  return (
    <div className="space-y-4">
      <div className="flex flex-wrap items-center gap-2">
        <Segmented
          label="Compare"
          options={KINDS}
          value={by}
          onChange={next => change({ by: next, keys: null })}
        />
        <FilterChip
          label={`Choose ${word.toLowerCase()}`}
          value={asked ? `${keys.length} ${word.toLowerCase()}` : ''}
          onClear={() => change({ keys: null })}
        >
          <ChoiceList
            label={word}
            choices={choices}
            chosen={keys}
            onChange={chosen => change({ keys: chosen.slice(-MOST).join(',') })}
          />
        </FilterChip>
        <span className="text-faint text-xs">up to {MOST}</span>
      </div>
      {groups.data && keys.length === 0 ? (
        <Card>
          <EmptyState icon={GitCompareArrows} title="Nothing to compare yet">
            Choose what to lay side by side. It takes trades that are closed.
          </EmptyState>
        </Card>
      ) : (
        <Loaded query={found} skeleton={<Skeleton className="h-[30rem] w-full rounded-xl" />}>
          {sides => (
            <div className={cx('space-y-4 transition-opacity', found.isPlaceholderData && 'opacity-60')}>
              <Curves sides={sides} />
              <Card title="Side by side" bodyClassName="px-0 pb-1">
                <CompareTable sides={sides} />
              </Card>
            </div>
          )}
        </Loaded>
      )}
    </div>
  )
}

function Curves({ sides }: { sides: readonly Compared[] }) {
  const currencies = [...new Set(sides.map(side => side.statistics.currency))]
  const currency = currencies.length === 1 ? (currencies[0] ?? '') : ''
  const lines = useMemo(
    () =>
      sides.map((side, index) => ({
        key: side.key,
        colour: index,
        dots: side.curve.map(point => ({
          time: Math.floor(Date.parse(point.at) / 1000),
          value: point.cumulative,
        })),
      })),
    [sides],
  )
  const format = useMemo(() => {
    const values = lines.flatMap(line => line.dots.map(dot => dot.value))
    const hasCents = values.every(value => Math.abs(value) < FINE)
    return (value: number) => axisMoney(hasCents ? value : Math.round(value), currency, hasCents)
  }, [lines, currency])
  return (
    <Card title="Added up over time" hint={currency || 'each in its own currency'} bodyClassName="px-2 pb-2">
      <ul aria-label="Curves" className="flex flex-wrap gap-x-4 gap-y-1 px-2 pb-2 text-muted text-xs">
        {sides.map((side, index) => (
          <li key={`${side.key} ${side.statistics.currency}`} className="flex items-center gap-1.5">
            <span
              aria-hidden
              className="h-0.5 w-3.5 rounded-full"
              style={{ backgroundColor: `var(--series-${index + 1})` }}
            />
            {side.label}
          </li>
        ))}
      </ul>
      <LinesChart
        lines={lines}
        format={format}
        label={`What the trades of ${sides.map(side => side.label).join(', ')} added up to`}
        className={HEIGHT}
      />
    </Card>
  )
}
