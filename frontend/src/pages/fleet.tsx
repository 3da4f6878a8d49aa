import { useQuery } from '@tanstack/react-query'
import { Plus, Search, SearchX } from 'lucide-react'
import { useMemo } from 'react'
import { Link } from 'react-router'
import { canTenant, whyNot } from '@/api/can'
import { accounts, instances, overview } from '@/api/queries'
import type { Instance } from '@/api/records'
import { FirstSteps } from '@/components/fleet/first-steps'
import { Headline } from '@/components/fleet/headline'
import { InstanceList } from '@/components/fleet/instance-list'
import { LatestTrades } from '@/components/fleet/latest-trades'
import { isFound, nextSort, readSort, sorted, writeSort } from '@/components/fleet/sorting'
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

export default function FleetPage() {
  const me = useMe()
  const rows = useQuery(instances())
  const totals = useQuery(overview())
  const wallets = useQuery(accounts())
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
            data.length === 0 ? (
              <FirstSteps hasAccount={(wallets.data?.length ?? 0) > 0} />
            ) : (
              <>
                <FleetTable rows={data} />
                <LatestTrades />
              </>
            )
          }
        </Loaded>
      </div>
    </Page>
  )
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

function FleetTable({ rows }: { rows: readonly Instance[] }) {
  const { params, change } = useUrlState()
  const words = params.get('q') ?? ''
  const state = params.get('state') ?? ''
  const sort = readSort(params.get('sort'))
  const shown = useMemo(() => {
    const found = rows.filter(row => isFound(row, words) && (state === '' || row.state === state))
    return sorted(found, { key: sort.key, isDown: sort.isDown })
  }, [rows, words, state, sort.key, sort.isDown])
  return (
    <Card
      title="EA instances"
      hint={shown.length === rows.length ? undefined : `${shown.length} of ${rows.length}`}
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
      {shown.length === 0 ? (
        <EmptyState
          icon={SearchX}
          title="No EA matches"
          actions={<Button onClick={() => change({ q: null, state: null })}>Show all {rows.length}</Button>}
        >
          Search and state together leave nothing.
        </EmptyState>
      ) : (
        <InstanceList
          rows={shown}
          sort={sort}
          onSort={key => change({ sort: writeSort(nextSort(sort, key)) })}
        />
      )}
    </Card>
  )
}
