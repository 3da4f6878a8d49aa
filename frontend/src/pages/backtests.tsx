import { useQuery } from '@tanstack/react-query'
import { FlaskConical, GitCompareArrows, Plus } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'react-router'
import { backtestOptions, backtests } from '@/api/backtests'
import { canTenant, whyNot } from '@/api/can'
import { compareLink } from '@/components/backtest/links'
import { BacktestList } from '@/components/backtest/list'
import { Loaded } from '@/components/loaded'
import { Page } from '@/components/page'
import { useMe } from '@/components/session'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'

const MOST_COMPARED = 8

export default function BacktestsPage() {
  const query = useQuery(backtests())
  const limits = useQuery(backtestOptions()).data?.limits
  const [chosen, setChosen] = useState<readonly string[]>([])
  const choose = (id: string) =>
    setChosen(before =>
      before.includes(id) ? before.filter(one => one !== id) : [...before, id].slice(-MOST_COMPARED),
    )
  return (
    <Page
      isNarrow
      title="Backtests"
      lead={
        limits
          ? `${limits.keptNow} of ${limits.kept} kept · ${limits.atOnce} run at the same time`
          : 'An EA over the past, before it trades.'
      }
      actions={
        <>
          <Compare chosen={chosen} />
          <New />
        </>
      }
    >
      <Card bodyClassName="p-0">
        <Loaded query={query}>
          {rows =>
            rows.length === 0 ? (
              <EmptyState icon={FlaskConical} title="Nothing was tested yet" actions={<New />}>
                See what an EA would have done with the past, before it trades. A year takes seconds.
              </EmptyState>
            ) : (
              <BacktestList rows={rows} chosen={chosen} onChoose={choose} />
            )
          }
        </Loaded>
      </Card>
    </Page>
  )
}

function New() {
  const reason = whyNot(canTenant('backtest', null, useMe()))
  const words = (
    <>
      <Plus /> New backtest
    </>
  )
  if (reason) return <Button disabledReason={reason}>{words}</Button>
  return (
    <Button asChild variant="primary">
      <Link to="/backtests/new">{words}</Link>
    </Button>
  )
}

function Compare({ chosen }: { chosen: readonly string[] }) {
  const words = (
    <>
      <GitCompareArrows /> Compare{chosen.length > 0 && ` ${chosen.length}`}
    </>
  )
  if (chosen.length < 2) {
    return (
      <Button disabledReason="Choose two or more that are done, by the boxes at the left.">{words}</Button>
    )
  }
  return (
    <Button asChild>
      <Link to={compareLink(chosen)}>{words}</Link>
    </Button>
  )
}
