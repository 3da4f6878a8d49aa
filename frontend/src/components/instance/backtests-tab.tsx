import { useQuery } from '@tanstack/react-query'
import { FlaskConical, GitCompareArrows, Telescope } from 'lucide-react'
import { Link, useNavigate } from 'react-router'
import { backtests, retestInstance, useBacktestVerb } from '@/api/backtests'
import { canTenant, whyNot } from '@/api/can'
import { sentenceOf } from '@/api/problem'
import type { InstanceDetail } from '@/api/records'
import { instanceLink } from '@/components/backtest/links'
import { BacktestList } from '@/components/backtest/list'
import { Loaded } from '@/components/loaded'
import { optimiseInstanceLink } from '@/components/optimisation/links'
import { useMe } from '@/components/session'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { EmptyState } from '@/ui/empty-state'

/** What was tested of this EA, and what it did live beside what it would have. */
export function BacktestsTab({ instance }: { instance: InstanceDetail }) {
  const query = useQuery(backtests({ instance: instance.id }))
  const navigate = useNavigate()
  const why = whyNot(canTenant('backtest', null, useMe()))
  const retest = useBacktestVerb(() => retestInstance(instance.id))
  const compare = () =>
    retest.mutate(undefined, { onSuccess: made => void navigate(`/backtests/${made.id}`) })
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-3 px-4 py-3">
        <p className="text-muted text-sm">With its version and inputs, over the past or over what it did.</p>
        <div className="flex flex-wrap gap-2">
          <Button size="sm" disabledReason={why} isBusy={retest.isPending} onClick={compare}>
            <GitCompareArrows /> Compare live with tested
          </Button>
          <Button asChild size="sm">
            <Link to={instanceLink(instance)}>
              <FlaskConical /> Backtest
            </Link>
          </Button>
          <Button asChild size="sm">
            <Link to={optimiseInstanceLink(instance)}>
              <Telescope /> Optimise
            </Link>
          </Button>
        </div>
      </div>
      <div className="px-4 pb-3 empty:hidden">
        <RefusalNote text={retest.error ? sentenceOf(retest.error) : undefined} />
      </div>
      <Loaded query={query}>
        {rows =>
          rows.length === 0 ? (
            <EmptyState icon={FlaskConical} title="Nothing was tested of it yet" className="py-9">
              A comparison puts each live trade beside the tested one: what was missed, and what it cost to
              trade live.
            </EmptyState>
          ) : (
            <BacktestList rows={rows} />
          )
        }
      </Loaded>
    </>
  )
}
