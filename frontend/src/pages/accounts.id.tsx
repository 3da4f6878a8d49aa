import { useQuery } from '@tanstack/react-query'
import { Rocket } from 'lucide-react'
import { Link, useParams } from 'react-router'
import { account, accountEquity, accountPositions, instances } from '@/api/queries'
import type { Account } from '@/api/records'
import { AccountFacts } from '@/components/account/account-facts'
import { AccountMenu } from '@/components/account/account-menu'
import { EventsCard } from '@/components/account/events-card'
import { FailedNotice } from '@/components/account/failed-notice'
import { IncidentNotice } from '@/components/account/incident-notice'
import { InstancesOn } from '@/components/account/instances-on'
import { NewOrder } from '@/components/account/new-order'
import { PositionsCard } from '@/components/account/positions-card'
import { ProfileCard } from '@/components/account/profile-card'
import { SessionsCard } from '@/components/account/sessions-card'
import { TruthStrip } from '@/components/account/truth-chips'
import { CommandCard } from '@/components/command/command-card'
import { EquityPanel, readSpan } from '@/components/equity-panel'
import { UploadCard } from '@/components/import/upload-card'
import { ShareButton } from '@/components/journal/share-button'
import { LimitsCard } from '@/components/limits/limits-card'
import { Loaded } from '@/components/loaded'
import { Page } from '@/components/page'
import { useUrlState } from '@/components/search-params'
import { IdentityAlerts } from '@/components/terminal/identity-alert'
import { TerminalSection } from '@/components/terminal/terminal-section'
import { money } from '@/format/money'
import { percent } from '@/format/percent'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { Profit } from '@/ui/profit'
import { Skeleton } from '@/ui/skeleton'
import { Stat, StatStrip } from '@/ui/stat'
import { Ticking } from '@/ui/ticking'

/** The stream does not tell when a terminal loses its broker; so often its account is asked for. */
const LOOK_MS = 15_000
const PARENT = { label: 'Accounts', to: '/accounts' }

export default function AccountPage() {
  const { id = '' } = useParams()
  const query = useQuery({ ...account(id), refetchInterval: LOOK_MS })
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

function AccountView({ found }: { found: Account }) {
  const { params, change } = useUrlState()
  const span = readSpan(params.get('hours'))
  const equity = useQuery(accountEquity(found.id, Number(span)))
  return (
    <Page
      title={`${found.label} · ${money(found.equity, found.currency)}`}
      heading={found.label}
      parent={PARENT}
      lead={
        <span className="num">
          {found.login} at {found.server}
        </span>
      }
      actions={<Actions found={found} />}
    >
      <div className="space-y-5">
        <IdentityAlerts account={found} />
        <FailedNotice account={found} />
        <IncidentNotice account={found} />
        <Figures found={found} />
        <TruthStrip account={found} />
        <div className="grid grid-cols-1 gap-5 xl:grid-cols-[2fr_1fr]">
          <EquityPanel
            query={equity}
            currency={found.currency}
            span={span}
            onSpan={next => change({ hours: next })}
            chartClassName="h-80"
          />
          <Beside found={found} />
        </div>
        <LimitsCard account={found} />
        <PositionsCard account={found} />
        <EventsCard account={found} />
        <CommandCard account={found} />
        <TerminalSection account={found} />
        <SessionsCard account={found} />
        <div className="grid grid-cols-1 gap-5 xl:grid-cols-[2fr_1fr]">
          <Card title="Account">
            <AccountFacts found={found} />
          </Card>
          <UploadCard account={found} />
        </div>
        <ProfileCard account={found} />
      </div>
    </Page>
  )
}

function Actions({ found }: { found: Account }) {
  const fleet = useQuery(instances()).data ?? []
  const positions = useQuery(accountPositions(found.id)).data ?? []
  return (
    <>
      {!found.ownTerminal && (
        <Button asChild>
          <Link to={`/deploy?account=${found.id}`}>
            <Rocket /> Deploy an EA
          </Link>
        </Button>
      )}
      <ShareButton choice={{ account: [found.id] }} />
      <NewOrder account={found} />
      <AccountMenu
        account={found}
        instances={fleet.filter(row => row.accountId === found.id)}
        positions={positions}
      />
    </>
  )
}

/** Beside the curve: the EAs of an account that we trade. */
function Beside({ found }: { found: Account }) {
  const fleet = useQuery(instances())
  return (
    <Card title="EAs on this account" bodyClassName="px-0 pb-0">
      <Loaded query={fleet}>
        {rows => <InstancesOn account={found} rows={rows.filter(row => row.accountId === found.id)} />}
      </Loaded>
    </Card>
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
