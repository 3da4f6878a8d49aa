import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from 'react-router'
import { accounts, instance, instanceEquity } from '@/api/queries'
import type { InstanceDetail } from '@/api/records'
import { EquityPanel, readSpan } from '@/components/equity-panel'
import { HeartbeatAge } from '@/components/heartbeat'
import { InstanceActions } from '@/components/instance/actions'
import { InstanceFigures } from '@/components/instance/figures'
import { InstanceNotice } from '@/components/instance/notice'
import { PricePanel } from '@/components/instance/price-panel'
import { InstanceState } from '@/components/instance/state'
import { InstanceTabs } from '@/components/instance/tabs'
import { UpgradeNotice } from '@/components/instance/upgrade-notice'
import { Loaded } from '@/components/loaded'
import { Page } from '@/components/page'
import { VERSION_STATES } from '@/components/release/states'
import { useUrlState } from '@/components/search-params'
import { StateBadge } from '@/components/state-badge'
import { INSTANCE_STATES } from '@/components/states'
import { signedMoney } from '@/format/money'
import { Skeleton } from '@/ui/skeleton'

const PARENT = { label: 'Fleet', to: '/' }

export default function InstancePage() {
  const { id = '' } = useParams()
  const query = useQuery(instance(id))
  return (
    <Loaded
      query={query}
      skeleton={
        <Page title="EA" parent={PARENT}>
          <div className="space-y-5">
            <Skeleton className="h-18 w-full rounded-xl" />
            <Skeleton className="h-96 w-full rounded-xl" />
          </div>
        </Page>
      }
    >
      {found => <InstanceView key={id} found={found} />}
    </Loaded>
  )
}

function InstanceView({ found }: { found: InstanceDetail }) {
  const { params, change } = useUrlState()
  const span = readSpan(params.get('hours'))
  const equity = useQuery(instanceEquity(found.id, Number(span)))
  // The live stream names servers; this list says which of them is this one's.
  useQuery(accounts())
  return (
    <Page
      title={`${INSTANCE_STATES[found.state].label} ${signedMoney(found.dayProfit, found.currency)} · ${found.name}`}
      heading={found.name}
      parent={PARENT}
      badge={
        <>
          <InstanceState instance={found} />
          <HeartbeatAge hasWord at={found.heartbeatAt} isExpected={found.state !== 'stopped'} />
        </>
      }
      lead={<Lead found={found} />}
      actions={<InstanceActions instance={found} />}
    >
      <div className="space-y-5">
        <InstanceNotice instance={found} />
        <UpgradeNotice instance={found} />
        <InstanceFigures instance={found} />
        <div className="grid grid-cols-1 gap-5 xl:grid-cols-[1.75fr_1fr]">
          <PricePanel instance={found} />
          <EquityPanel
            query={equity}
            currency={found.currency}
            span={span}
            onSpan={next => change({ hours: next })}
            chartClassName="h-72 sm:h-96"
          />
        </div>
        <InstanceTabs instance={found} tab={params.get('tab')} onTab={tab => change({ tab })} />
      </div>
    </Page>
  )
}

function Lead({ found }: { found: InstanceDetail }) {
  return (
    <>
      <Link to={`/catalogue/${found.templateSlug}`} className="rounded hover:text-ink hover:underline">
        {found.templateName} {found.version}
      </Link>{' '}
      {found.isVersionWithdrawn && (
        <>
          <StateBadge look={VERSION_STATES.withdrawn} />{' '}
        </>
      )}
      on {found.symbol} {found.timeframe},{' '}
      <Link to={`/accounts/${found.accountId}`} className="rounded hover:text-ink hover:underline">
        {found.accountLabel}
      </Link>
    </>
  )
}
