import { useQuery } from '@tanstack/react-query'
import { BrainCircuit, Radio, SearchX } from 'lucide-react'
import { Link } from 'react-router'
import { models, SIGNALS_A_PAGE, type SignalQuery, signalScores, signals } from '@/api/models'
import { accounts } from '@/api/queries'
import { SignalBuckets } from '@/components/brain/signal-buckets'
import { isNarrowed, NAMES, readSignalQuery, scopeOf, signalsFile } from '@/components/brain/signal-filters'
import { SignalList } from '@/components/brain/signal-list'
import { SignalScores } from '@/components/brain/signal-scores'
import { OUTCOMES, SIGNAL_SIDES } from '@/components/brain/words'
import { CsvLink } from '@/components/csv-link'
import { FilterChoice } from '@/components/filter-choice'
import { Loaded } from '@/components/loaded'
import { Page } from '@/components/page'
import { useUrlState } from '@/components/search-params'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Pager } from '@/ui/pager'

export default function SignalsPage() {
  const { params, change } = useUrlState()
  const query = readSignalQuery(params)
  const page = useQuery(signals(query))
  const scores = useQuery(signalScores(scopeOf(query)))
  return (
    <Page
      title="Signals"
      lead="What models said to your EAs, written once, and what became of it."
      actions={
        <>
          <CsvLink href={signalsFile(query)} what="These signals" />
          <Button asChild size="sm">
            <Link to="/models">
              <BrainCircuit /> Models
            </Link>
          </Button>
        </>
      }
    >
      <Filters query={query} onChange={changes => change({ ...changes, page: null })} />
      {scores.data && scores.data.length > 0 && <SignalScores rows={scores.data} />}
      <SignalBuckets scope={scopeOf(query)} />
      <Card bodyClassName="p-0">
        <Loaded query={page}>
          {found =>
            found.total === 0 ? (
              <Nothing isFiltered={isNarrowed(query)} onClear={() => change(cleared())} />
            ) : (
              <>
                <SignalList rows={found.items} />
                <Pager
                  page={query.page}
                  pageSize={SIGNALS_A_PAGE}
                  total={found.total}
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

const cleared = () => Object.fromEntries([...NAMES, 'page'].map(name => [name, null]))

interface FilterProps {
  query: SignalQuery
  onChange: (changes: Record<string, string | null>) => void
}

function Filters({ query, onChange }: FilterProps) {
  const known = useQuery(models()).data ?? []
  const wallets = useQuery(accounts()).data ?? []
  const symbols = [...new Set(known.flatMap(row => row.symbols))].toSorted()
  const choice = (name: (typeof NAMES)[number]) => (value: string) => onChange({ [name]: value || null })
  return (
    <search aria-label="Filter signals" className="mb-4 flex flex-wrap items-center gap-2">
      <FilterChoice
        label="Model"
        every="Every model"
        value={query.model ?? ''}
        choices={known.map(row => [row.id, row.name])}
        onChange={choice('model')}
      />
      <FilterChoice
        label="Symbol"
        every="Every symbol"
        value={query.symbol ?? ''}
        choices={symbols.map(symbol => [symbol, symbol])}
        onChange={choice('symbol')}
        className="w-36"
      />
      <FilterChoice
        label="Side"
        every="Every side"
        value={query.side ?? ''}
        choices={Object.entries(SIGNAL_SIDES).map(([value, look]) => [value, look.label])}
        onChange={choice('side')}
        className="w-32"
      />
      <FilterChoice
        label="Outcome"
        every="Every outcome"
        value={query.outcome ?? ''}
        choices={Object.entries(OUTCOMES)}
        onChange={choice('outcome')}
        className="w-36"
      />
      <FilterChoice
        label="Account"
        every="Every account"
        value={query.account ?? ''}
        choices={wallets.map(row => [row.id, row.label])}
        onChange={choice('account')}
      />
      <label className="flex items-center gap-2 text-muted text-sm">
        <input
          type="checkbox"
          checked={query.shadow === true}
          onChange={event => onChange({ shadow: event.target.checked ? 'true' : null })}
          className="size-4 accent-(--accent-strong)"
        />
        Challengers’
      </label>
    </search>
  )
}

function Nothing({ isFiltered, onClear }: { isFiltered: boolean; onClear: () => void }) {
  if (isFiltered) {
    return (
      <EmptyState
        icon={SearchX}
        title="No signal like that"
        actions={<Button onClick={onClear}>Show all</Button>}
      />
    )
  }
  return (
    <EmptyState
      icon={Radio}
      title="No signal yet"
      actions={
        <Button asChild>
          <Link to="/catalogue/brain-signal">See Brain Signal</Link>
        </Button>
      }
    >
      An EA that asks a model leaves each answer here, with what became of it.
    </EmptyState>
  )
}
