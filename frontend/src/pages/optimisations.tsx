import { useQuery } from '@tanstack/react-query'
import { Plus, Telescope } from 'lucide-react'
import { Link } from 'react-router'
import { canTenant, whyNot } from '@/api/can'
import { optimisationOptions, optimisations } from '@/api/optimisations'
import { Loaded } from '@/components/loaded'
import { OptimisationList } from '@/components/optimisation/list'
import { Page } from '@/components/page'
import { useMe } from '@/components/session'
import { count } from '@/format/volume'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'

export default function OptimisationsPage() {
  const query = useQuery(optimisations())
  const limits = useQuery(optimisationOptions()).data?.limits
  return (
    <Page
      isNarrow
      title="Optimisations"
      lead={
        limits
          ? `${count(limits.triesKept)} of ${count(limits.tries)} tries kept · ${limits.atOnce} made at the same time`
          : 'Which inputs would have been best, and whether that is luck.'
      }
      actions={<New />}
    >
      <Card bodyClassName="p-0">
        <Loaded query={query}>
          {rows =>
            rows.length === 0 ? (
              <EmptyState icon={Telescope} title="Nothing was searched yet" actions={<New />}>
                Let an EA try many inputs over the past. Beside the best it says how likely that is luck, and
                what it made of the time after.
              </EmptyState>
            ) : (
              <OptimisationList rows={rows} />
            )
          }
        </Loaded>
      </Card>
    </Page>
  )
}

function New() {
  const reason = whyNot(canTenant('optimise', null, useMe()))
  const words = (
    <>
      <Plus /> New optimisation
    </>
  )
  if (reason) return <Button disabledReason={reason}>{words}</Button>
  return (
    <Button asChild variant="primary">
      <Link to="/optimisations/new">{words}</Link>
    </Button>
  )
}
