import { useQuery } from '@tanstack/react-query'
import { Bot, Search, SearchX } from 'lucide-react'
import { Link } from 'react-router'
import { customers } from '@/api/billing-queries'
import { fleetInstances, hosts, INSTANCES_A_PAGE } from '@/api/operator-queries'
import type { FleetFilters } from '@/api/operator-records'
import { Loaded } from '@/components/loaded'
import { isFiltered, readFleetFilters, WAITS } from '@/components/operator/fleet-filters'
import { FleetTable } from '@/components/operator/fleet-table'
import { useUrlState } from '@/components/search-params'
import { INSTANCE_STATES } from '@/components/states'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Input, Select } from '@/ui/input'
import { Pager } from '@/ui/pager'
import { Segmented } from '@/ui/segmented'

const STATES = [
  { value: 'all', label: 'All' },
  ...(['running', 'paused', 'deploying', 'stopping', 'error', 'stopped'] as const).map(state => ({
    value: state,
    label: INSTANCE_STATES[state].label,
  })),
]

export default function OperatorInstancesPage() {
  const { params, change } = useUrlState()
  const filters = readFleetFilters(params)
  const query = useQuery(fleetInstances(filters))
  return (
    <>
      <Filters
        filters={filters}
        text={params.get('text') ?? ''}
        onChange={changes => change({ ...changes, page: null })}
      />
      <Card bodyClassName="p-0">
        <Loaded query={query}>
          {page =>
            page.total === 0 ? (
              <Nothing isFiltered={isFiltered(filters)} />
            ) : (
              <>
                <FleetTable rows={page.items} />
                <Pager
                  page={filters.page}
                  pageSize={INSTANCES_A_PAGE}
                  total={page.total}
                  onPage={next => change({ page: String(next) }, 'push')}
                />
              </>
            )
          }
        </Loaded>
      </Card>
    </>
  )
}

interface FilterProps {
  filters: FleetFilters
  /** As it is typed, with its spaces. */
  text: string
  onChange: (changes: Record<string, string | null>) => void
}

function Filters({ filters, text, onChange }: FilterProps) {
  const machines = useQuery(hosts(false)).data?.hosts ?? []
  const desks = useQuery(customers('')).data ?? []
  const drivers = new Set(machines.map(row => row.driver))
  return (
    <search className="mb-4 flex flex-wrap items-center gap-2">
      <div className="no-bar -mx-4 w-full max-w-[100vw] overflow-x-auto px-4 max-sm:w-auto sm:mx-0 sm:px-0">
        <Segmented
          label="State"
          options={STATES}
          value={filters.state ?? 'all'}
          onChange={state => onChange({ state: state === 'all' ? null : state })}
        />
      </div>
      <div className="w-full sm:w-64">
        <Input
          type="search"
          aria-label="Search instances"
          placeholder="EA, customer, login, symbol, host"
          maxLength={80}
          icon={<Search aria-hidden />}
          value={text}
          onChange={({ target }) => onChange({ text: target.value || null })}
        />
      </div>
      <Choice
        label="Customer"
        all="Every customer"
        value={filters.tenant}
        options={desks.map(row => [row.id, row.name])}
        onChange={tenant => onChange({ tenant })}
      />
      <Choice
        label="Host"
        all="Every host"
        value={filters.host}
        options={machines.map(row => [row.name, row.name])}
        onChange={host => onChange({ host })}
      />
      <Choice
        label="Driver"
        all="Every driver"
        value={filters.driver}
        options={[...drivers].map(name => [name, name])}
        onChange={driver => onChange({ driver })}
      />
      <Choice
        label="Work"
        all="Any work"
        value={filters.waits}
        options={Object.entries(WAITS)}
        onChange={waits => onChange({ waits })}
      />
    </search>
  )
}

interface ChoiceProps {
  label: string
  all: string
  value: string | null | undefined
  options: readonly (readonly [string, string])[]
  onChange: (value: string | null) => void
}

function Choice({ label, all, value, options, onChange }: ChoiceProps) {
  // What the address names stays chosen, also where it is not among those that are listed.
  const isListed = !value || options.some(([known]) => known === value)
  return (
    <Select
      aria-label={label}
      className="min-w-36 max-w-56 max-sm:flex-1"
      value={value ?? ''}
      onChange={event => onChange(event.target.value || null)}
    >
      <option value="">{all}</option>
      {!isListed && <option value={value}>{`${label}: ${value}`}</option>}
      {options.map(([known, words]) => (
        <option key={known} value={known}>
          {words}
        </option>
      ))}
    </Select>
  )
}

function Nothing({ isFiltered: isChosen }: { isFiltered: boolean }) {
  if (!isChosen) {
    return (
      <EmptyState icon={Bot} title="No customer has deployed an EA yet">
        Each EA instance is listed here from its deployment on.
      </EmptyState>
    )
  }
  return (
    <EmptyState
      icon={SearchX}
      title="No EA instance fits this choice"
      actions={
        <Button asChild>
          <Link to="/operator/instances">Show all</Link>
        </Button>
      }
    />
  )
}
