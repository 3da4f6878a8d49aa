import { useQuery } from '@tanstack/react-query'
import { Plus, Search, SearchX } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'react-router'
import { canTenant, whyNot } from '@/api/can'
import { accounts, fleetWindow, overview, WINDOW_STEP } from '@/api/queries'
import type { FleetWindow, Overview } from '@/api/records'
import { FirstSteps } from '@/components/fleet/first-steps'
import { Headline } from '@/components/fleet/headline'
import { InstanceList } from '@/components/fleet/instance-list'
import { LatestTrades } from '@/components/fleet/latest-trades'
import { nextSort, readChoice, readSort, writeSort } from '@/components/fleet/sorting'
import { Loaded } from '@/components/loaded'
import { Page } from '@/components/page'
import { useUrlState } from '@/components/search-params'
import { useMe } from '@/components/session'
import { INSTANCE_STATES } from '@/components/states'
import { signedMoney } from '@/format/money'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'
import { Input, Select } from '@/ui/input'
import { Skeleton } from '@/ui/skeleton'

/**
 * Up to so many accounts are followed one by one, and the totals move with each heartbeat. Of more than
 * that the totals are asked for: hundreds of accounts are a long answer, for a sum.
 */
const MOST_FOLLOWED = 100
const TOTALS_EVERY_MS = 5_000

export default function FleetPage() {
  const me = useMe()
  const choice = readChoice(useUrlState().params)
  const [offset, setOffset] = useState(0)
  const rows = useQuery(fleetWindow(choice, offset))
  const totals = useQuery({
    ...overview(),
    refetchInterval: query => (areFew(query.state.data) ? false : TOTALS_EVERY_MS),
  })
  const wallets = useQuery({ ...accounts(), enabled: areFew(totals.data) })
  const first = totals.data?.[0]
  const title = first ? `${signedMoney(first.dayProfit, first.currency)} today · Fleet` : 'Fleet'
  return (
    <Page
      title={title}
      heading="Fleet"
      actions={<DeployButton reason={whyNot(canTenant('deploy', null, me))} />}
    >
      <div className="space-y-5">
        <Loaded query={totals} skeleton={<Skeleton className="h-64 w-full rounded-xl" />}>
          {data =>
            data.map(total => <Headline key={total.currency} total={total} accounts={wallets.data ?? []} />)
          }
        </Loaded>
        <Loaded query={rows} skeleton={<Skeleton className="h-80 w-full rounded-xl" />}>
          {data =>
            data.existing === 0 ? (
              <FirstSteps hasAccount={(totals.data?.length ?? 0) > 0} />
            ) : (
              <>
                <FleetTable seen={data} onSight={row => setOffset(row - (row % WINDOW_STEP))} />
                <LatestTrades />
              </>
            )
          }
        </Loaded>
      </div>
    </Page>
  )
}

function areFew(totals: readonly Overview[] | undefined): boolean {
  return totals !== undefined && totals.reduce((sum, total) => sum + total.accounts, 0) <= MOST_FOLLOWED
}

function DeployButton({ reason }: { reason: string | undefined }) {
  if (reason) {
    return (
      <Button variant="primary" disabledReason={reason}>
        <Plus /> Deploy EA
      </Button>
    )
  }
  return (
    <Button asChild variant="primary">
      <Link to="/deploy">
        <Plus /> Deploy EA
      </Link>
    </Button>
  )
}

function FleetTable({ seen, onSight }: { seen: FleetWindow; onSight: (row: number) => void }) {
  const { params, change } = useUrlState()
  const words = params.get('q') ?? ''
  const state = params.get('state') ?? ''
  const sort = readSort(params.get('sort'))
  return (
    <Card
      title="EA instances"
      hint={seen.total === seen.existing ? undefined : `${seen.total} of ${seen.existing}`}
      bodyClassName="px-0 pb-1"
      actions={
        <>
          <Input
            type="search"
            aria-label="Search EAs"
            placeholder="Search"
            icon={<Search />}
            value={words}
            onChange={event => change({ q: event.target.value })}
            className="h-8 w-32 sm:w-48"
          />
          <Select
            aria-label="State"
            value={state}
            onChange={event => change({ state: event.target.value })}
            className="[&_select]:h-8"
          >
            <option value="">Any state</option>
            {Object.entries(INSTANCE_STATES).map(([name, look]) => (
              <option key={name} value={name}>
                {look.label}
              </option>
            ))}
          </Select>
        </>
      }
    >
      {seen.total === 0 ? (
        <EmptyState
          icon={SearchX}
          title="No EA matches"
          actions={<Button onClick={() => change({ q: null, state: null })}>Show all {seen.existing}</Button>}
        >
          Search and state together leave nothing.
        </EmptyState>
      ) : (
        <InstanceList
          seen={seen}
          onSight={onSight}
          sort={sort}
          onSort={key => change({ sort: writeSort(nextSort(sort, key)) })}
        />
      )}
    </Card>
  )
}
