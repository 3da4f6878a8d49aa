import { useQuery } from '@tanstack/react-query'
import { FilterX, X } from 'lucide-react'
import { type IncidentFilters, incidentCounts } from '@/api/incidents'
import { accounts } from '@/api/queries'
import { rules } from '@/api/rules'
import { isNarrowed, SHOWN, type Shown, shownOf } from '@/components/alerts/incident-filters'
import { kindWords, SEVERITIES } from '@/components/alerts/incident-words'
import { FilterChoice } from '@/components/filter-choice'
import { SearchBox } from '@/components/journal/search-box'
import { useUrlState } from '@/components/search-params'
import { Button } from '@/ui/button'
import { Segmented } from '@/ui/segmented'

const NOTHING = { state: null, severity: null, kind: null, account: null, rule: null, span: null, q: null }
const LABELS: Record<Shown, string> = {
  current: 'Current',
  open: 'Open',
  acknowledged: 'Acknowledged',
  resolved: 'Resolved',
  all: 'All',
}
const SPANS = [
  ['day', 'Last 24 hours'],
  ['week', 'Last 7 days'],
  ['month', 'Last 30 days'],
] as const

/** What the incidents can be narrowed by. */
export function IncidentBar({ filters }: { filters: IncidentFilters }) {
  const { params, change } = useUrlState()
  const counts = useQuery(incidentCounts()).data
  const wallets = useQuery(accounts()).data ?? []
  const numbers: Partial<Record<Shown, number>> = counts
    ? { current: counts.open + counts.acknowledged, open: counts.open, acknowledged: counts.acknowledged }
    : {}
  return (
    <search aria-label="Filter the incidents" className="mb-4 flex flex-wrap items-center gap-2">
      <div className="no-bar -mx-4 max-w-[100vw] overflow-x-auto px-4 sm:mx-0 sm:px-0">
        <Segmented
          label="State"
          options={SHOWN.map(value => ({ value, label: stateLabel(LABELS[value], numbers[value]) }))}
          value={shownOf(params)}
          onChange={state => change({ state: state === 'current' ? null : state })}
        />
      </div>
      <SearchBox
        what="Search incidents"
        label="Search in title, subject and kind"
        value={filters.q ?? ''}
        onChange={q => change({ q })}
      />
      <FilterChoice
        className="w-32 max-sm:flex-1 max-sm:basis-[45%]"
        label="Severity"
        every="Severity"
        value={filters.severity ?? ''}
        choices={Object.entries(SEVERITIES).map(([value, { label }]) => [value, label])}
        onChange={severity => change({ severity })}
      />
      <FilterChoice
        className="w-32 max-sm:flex-1 max-sm:basis-[45%]"
        label="Kind"
        every="Kind"
        value={filters.kind ?? ''}
        choices={(counts?.kinds ?? []).map(kind => [kind, kindWords(kind)])}
        onChange={kind => change({ kind })}
      />
      <FilterChoice
        className="w-32 max-sm:flex-1 max-sm:basis-[45%]"
        label="Account"
        every="Account"
        value={filters.account ?? ''}
        choices={wallets.map(row => [row.id, row.label])}
        onChange={account => change({ account })}
      />
      <FilterChoice
        className="w-32 max-sm:flex-1 max-sm:basis-[45%]"
        label="Time"
        every="Any time"
        value={params.get('span') ?? ''}
        choices={SPANS}
        onChange={span => change({ span })}
      />
      {filters.rule && <RuleChip id={filters.rule} onClear={() => change({ rule: null })} />}
      {isNarrowed(filters) && (
        <Button variant="ghost" size="sm" onClick={() => change(NOTHING)}>
          <FilterX /> Clear
        </Button>
      )}
    </search>
  )
}

/** The rule that the list is narrowed to, by a link from the rules. */
function RuleChip({ id, onClear }: { id: string; onClear: () => void }) {
  const found = useQuery(rules()).data?.find(row => row.id === id)
  return (
    <Button size="sm" aria-label="Of every rule" title="Of every rule" onClick={onClear}>
      Rule: {found?.name ?? 'one that is gone'} <X />
    </Button>
  )
}

function stateLabel(label: string, number: number | undefined) {
  if (!number) return label
  return (
    <>
      {label} <span className="num text-faint">{number}</span>
    </>
  )
}
