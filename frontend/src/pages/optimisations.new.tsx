import { useQuery } from '@tanstack/react-query'
import { backtestOptions } from '@/api/backtests'
import { optimisationOptions } from '@/api/optimisations'
import { type About, AskedFor } from '@/components/backtest/asked-for'
import { Loaded } from '@/components/loaded'
import { SEARCH_NAMES } from '@/components/optimisation/links'
import { readRanges } from '@/components/optimisation/ranges'
import { FIRST_SEARCH, type SearchDraft } from '@/components/optimisation/search-fields'
import { Page } from '@/components/page'
import { useUrlState } from '@/components/search-params'
import { OptimisationAskForm } from '@/forms/optimisation-ask'

const PARENT = { label: 'Optimisations', to: '/optimisations' }

export default function NewOptimisationPage() {
  return (
    <Page isNarrow title="New optimisation" parent={PARENT} lead="Which inputs would have been best?">
      <AskedFor>{about => <Filled about={about} />}</AskedFor>
    </Page>
  )
}

function Filled({ about }: { about: About }) {
  const { params } = useUrlState()
  const prices = useQuery(backtestOptions())
  const options = useQuery(optimisationOptions())
  return (
    <Loaded query={prices}>
      {known => (
        <Loaded query={options}>
          {allowed => (
            <OptimisationAskForm
              key={`${about.template.slug} ${about.instanceId}`}
              template={about.template}
              inputSchema={about.inputSchema}
              prices={known}
              options={allowed}
              prefill={about.prefill}
              firstRanges={readRanges(params)}
              firstSearch={readSearch(params)}
              instanceId={about.instanceId}
            />
          )}
        </Loaded>
      )}
    </Loaded>
  )
}

function readSearch(params: URLSearchParams): SearchDraft {
  const said = SEARCH_NAMES.map(name => [name, params.get(name)] as const).filter(([, value]) => value)
  return { ...FIRST_SEARCH, ...Object.fromEntries(said) }
}
