import { useQuery } from '@tanstack/react-query'
import { SearchX, SquareTerminal } from 'lucide-react'
import { Link } from 'react-router'
import { accounts } from '@/api/queries'
import { COMMANDS_A_PAGE, commands } from '@/api/terminal-queries'
import type { CommandFilters } from '@/api/terminal-records'
import { CommandList } from '@/components/command/command-list'
import { readCommandFilters } from '@/components/command/filters'
import { COMMAND_TYPES } from '@/components/command/words'
import { Loaded } from '@/components/loaded'
import { Page } from '@/components/page'
import { useUrlState } from '@/components/search-params'
import { COMMAND_STATES } from '@/components/states'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Select } from '@/ui/input'
import { Pager } from '@/ui/pager'
import { Segmented } from '@/ui/segmented'

const STATES = [
  { value: 'all', label: 'All' },
  ...(['queued', 'leased', 'done', 'failed', 'dead'] as const).map(state => ({
    value: state,
    label: COMMAND_STATES[state].label,
  })),
]

export default function CommandsPage() {
  const { params, change } = useUrlState()
  const filters = readCommandFilters(params)
  const query = useQuery(commands(filters))
  return (
    <Page title="Commands" lead="What was asked of your terminals, by whom, and what came of it.">
      <Filters filters={filters} onChange={changes => change({ ...changes, page: null })} />
      <Card bodyClassName="p-0">
        <Loaded query={query}>
          {page =>
            page.total === 0 ? (
              <Nothing isFiltered={Boolean(filters.account ?? filters.state ?? filters.type)} />
            ) : (
              <>
                <CommandList rows={page.items} />
                <Pager
                  page={filters.page}
                  pageSize={COMMANDS_A_PAGE}
                  total={page.total}
                  onPage={next => change({ page: String(next) }, 'push')}
                />
              </>
            )
          }
        </Loaded>
      </Card>
    </Page>
  )
}

interface FilterProps {
  filters: CommandFilters
  onChange: (changes: Record<string, string | null>) => void
}

function Filters({ filters, onChange }: FilterProps) {
  const wallets = useQuery(accounts()).data ?? []
  return (
    <search className="mb-4 flex flex-wrap items-center gap-2">
      <div className="no-bar -mx-4 max-w-[100vw] overflow-x-auto px-4 sm:mx-0 sm:px-0">
        <Segmented
          label="State"
          options={STATES}
          value={filters.state ?? 'all'}
          onChange={state => onChange({ state: state === 'all' ? null : state })}
        />
      </div>
      <Select
        aria-label="Type"
        className="min-w-40 max-sm:flex-1"
        value={filters.type ?? ''}
        onChange={event => onChange({ type: event.target.value || null })}
      >
        <option value="">Every type</option>
        {Object.entries(COMMAND_TYPES).map(([type, words]) => (
          <option key={type} value={type}>
            {words}
          </option>
        ))}
      </Select>
      <Select
        aria-label="Account"
        className="min-w-40 max-sm:flex-1"
        value={filters.account ?? ''}
        onChange={event => onChange({ account: event.target.value || null })}
      >
        <option value="">Every account</option>
        {wallets.map(row => (
          <option key={row.id} value={row.id}>
            {row.label}
          </option>
        ))}
      </Select>
    </search>
  )
}

function Nothing({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <EmptyState
        icon={SearchX}
        title="No command of that kind"
        actions={
          <Button asChild>
            <Link to="/commands">Show all</Link>
          </Button>
        }
      />
    )
  }
  return (
    <EmptyState
      icon={SquareTerminal}
      title="Nothing was asked of a terminal yet"
      actions={
        <Button asChild>
          <Link to="/accounts">Go to the accounts</Link>
        </Button>
      }
    >
      Place an order, close a position or ask for candles on an account’s page: each leaves its trace here.
    </EmptyState>
  )
}
