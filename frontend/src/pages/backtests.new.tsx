import { useQuery } from '@tanstack/react-query'
import { Telescope } from 'lucide-react'
import { Link } from 'react-router'
import { backtestOptions } from '@/api/backtests'
import { type About, AskedFor } from '@/components/backtest/asked-for'
import { Loaded } from '@/components/loaded'
import { Page } from '@/components/page'
import { useUrlState } from '@/components/search-params'
import { BacktestAskForm } from '@/forms/backtest-ask'
import { Button } from '@/ui/button'

const PARENT = { label: 'Backtests', to: '/backtests' }

export default function NewBacktestPage() {
  const { params } = useUrlState()
  return (
    <Page
      isNarrow
      title="New backtest"
      parent={PARENT}
      lead="What would it have done?"
      actions={
        <Button asChild>
          <Link to={`/optimisations/new?${params}`}>
            <Telescope /> Optimise instead
          </Link>
        </Button>
      }
    >
      <AskedFor>{about => <Filled about={about} />}</AskedFor>
    </Page>
  )
}

function Filled({ about }: { about: About }) {
  const query = useQuery(backtestOptions())
  return (
    <Loaded query={query}>
      {options => (
        <BacktestAskForm
          key={`${about.template.slug} ${about.instanceId}`}
          template={about.template}
          inputSchema={about.inputSchema}
          options={options}
          prefill={about.prefill}
          instanceId={about.instanceId}
        />
      )}
    </Loaded>
  )
}
