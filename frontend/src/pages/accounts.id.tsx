import { useQuery } from '@tanstack/react-query'
import { Rocket } from 'lucide-react'
import { Link, useParams } from 'react-router'
import { account, accountEquity, accountPositions, instances } from '@/api/queries'
import type { Account } from '@/api/records'
import { AccountMenu } from '@/components/account/account-menu'
import { PLATFORMS } from '@/components/account/account-table'
import { InstancesOn } from '@/components/account/instances-on'
import { EquityPanel, readSpan } from '@/components/equity-panel'
import { HeartbeatAge } from '@/components/heartbeat'
import { Loaded } from '@/components/loaded'
import { Moment } from '@/components/moment'
import { Page } from '@/components/page'
import { PositionList } from '@/components/position-list'
import { useUrlState } from '@/components/search-params'
import { useSymbolDigits } from '@/components/symbol-digits'
import { money } from '@/format/money'
import { percent } from '@/format/percent'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { Copyable } from '@/ui/copyable'
import { Facts } from '@/ui/facts'
import { Profit } from '@/ui/profit'
import { Skeleton } from '@/ui/skeleton'
import { Stat, StatStrip } from '@/ui/stat'
import { Ticking } from '@/ui/ticking'

export default function AccountPage() {
  const { id = '' } = useParams()
  const query = useQuery(account(id))
  return (
    <Loaded
      query={query}
      skeleton={
        <Page title="Account" parent={PARENT}>
          <Skeleton className="h-96 w-full rounded-xl" />
        </Page>
      }
    >
      {found => <AccountView key={id} found={found} />}
    </Loaded>
  )
}

const PARENT = { label: 'Accounts', to: '/accounts' }

function AccountView({ found }: { found: Account }) {
  const { params, change } = useUrlState()
  const span = readSpan(params.get('hours'))
  const fleet = useQuery(instances())
  const positions = useQuery(accountPositions(found.id))
  const equity = useQuery(accountEquity(found.id, Number(span)))
  const digits = useSymbolDigits()
  const own = (fleet.data ?? []).filter(row => row.accountId === found.id)
  return (
    <Page
      title={`${found.label} · ${money(found.equity, found.currency)}`}
      heading={found.label}
      parent={PARENT}
      badge={<HeartbeatAge hasWord at={found.heartbeatAt} isExpected={found.instanceCount > 0} />}
      actions={
        <>
          <Button asChild>
            <Link to={`/deploy?account=${found.id}`}>
              <Rocket /> Deploy an EA
            </Link>
          </Button>
          <AccountMenu account={found} instances={own} />
        </>
      }
    >
      <div className="space-y-5">
        <Figures found={found} />
        <div className="grid grid-cols-1 gap-5 xl:grid-cols-[2fr_1fr]">
          <EquityPanel
            query={equity}
            currency={found.currency}
            span={span}
            onSpan={next => change({ hours: next })}
            chartClassName="h-80"
          />
          <Card title="EAs on this account" bodyClassName="px-0 pb-0">
            <Loaded query={fleet}>{() => <InstancesOn accountId={found.id} rows={own} />}</Loaded>
          </Card>
        </div>
        <Card title="Open positions" bodyClassName="px-0 pb-1">
          <Loaded query={positions}>
            {rows => <PositionList positions={rows} currency={found.currency} digits={digits} />}
          </Loaded>
        </Card>
        <Card title="Account">
          <AccountFacts found={found} />
        </Card>
      </div>
    </Page>
  )
}

function Figures({ found }: { found: Account }) {
  const level = found.margin ? (found.equity ?? 0) / found.margin : null
  return (
    <StatStrip>
      <Stat
        label="Equity"
        value={<Ticking value={found.equity} text={money(found.equity, found.currency)} />}
      />
      <Stat label="Balance" value={money(found.balance, found.currency)} />
      <Stat label="Today" value={<Profit hasArrow value={found.dayProfit} currency={found.currency} />} />
      <Stat label="Free margin" value={money(found.freeMargin, found.currency)} />
      <Stat label="Margin level" value={level === null ? '—' : percent(level, 0)} />
      <Stat label="Open positions" value={found.openPositions} />
    </StatStrip>
  )
}

function AccountFacts({ found }: { found: Account }) {
  return (
    <Facts
      columns={2}
      facts={[
        ['Login', <Copyable key="login" text={String(found.login)} label="login" />],
        ['Server', found.server],
        ['Platform', PLATFORMS[found.platform]],
        ['Currency', found.currency],
        ['Leverage', found.leverage ? `1 : ${found.leverage}` : '—'],
        ['Margin mode', found.marginMode ?? '—'],
        ['Connected', <Moment key="connected" at={found.createdAt} />],
        ['Last heartbeat', <Moment key="heartbeat" at={found.heartbeatAt} />],
      ]}
    />
  )
}
