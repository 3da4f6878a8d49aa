import { useQuery } from '@tanstack/react-query'
import { Plus, Wallet } from 'lucide-react'
import { useNavigate } from 'react-router'
import { canTenant, whyNot } from '@/api/can'
import { accounts } from '@/api/queries'
import { AccountTable } from '@/components/account/account-table'
import { ConnectDialog } from '@/components/account/connect-dialog'
import { isWay } from '@/components/account/way-cards'
import { Loaded } from '@/components/loaded'
import { MoreOnPhone } from '@/components/more-on-phone'
import { Page } from '@/components/page'
import { useUrlState } from '@/components/search-params'
import { useMe } from '@/components/session'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'

/** The stream does not tell when a terminal loses its broker; so often its account is asked for. */
const LOOK_MS = 20_000

export default function AccountsPage() {
  const me = useMe()
  const navigate = useNavigate()
  const { params, change } = useUrlState()
  const asked = params.get('new')
  const way = isWay(asked) ? asked : null
  const reason = whyNot(canTenant('connectAccount', null, me))
  const query = useQuery({ ...accounts(), refetchInterval: LOOK_MS })
  const add = (
    <Button variant="primary" disabledReason={reason} onClick={() => change({ new: 'open' }, 'push')}>
      <Plus /> Add account
    </Button>
  )
  return (
    <Page title="Accounts" actions={add}>
      <Card bodyClassName="p-0">
        <Loaded query={query}>
          {rows =>
            rows.length === 0 ? (
              <EmptyState icon={Wallet} title="No account yet" actions={add}>
                Open a paper account with play money, or pair your own MetaTrader: its trades, equity and
                positions arrive here by themselves.
              </EmptyState>
            ) : (
              <AccountTable rows={rows} />
            )
          }
        </Loaded>
      </Card>
      <MoreOnPhone />
      <ConnectDialog
        way={reason ? null : way}
        onWay={next => change({ new: next })}
        onDone={made => void navigate(`/accounts/${made.id}`)}
      />
    </Page>
  )
}
