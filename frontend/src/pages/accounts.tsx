import { useQuery } from '@tanstack/react-query'
import { Plus, Wallet } from 'lucide-react'
import { useNavigate } from 'react-router'
import { canTenant, whyNot } from '@/api/can'
import { accounts } from '@/api/queries'
import { AccountTable } from '@/components/account/account-table'
import { ConnectDialog, type Way } from '@/components/account/connect-dialog'
import { Loaded } from '@/components/loaded'
import { Page } from '@/components/page'
import { useUrlState } from '@/components/search-params'
import { useMe } from '@/components/session'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'

export default function AccountsPage() {
  const me = useMe()
  const navigate = useNavigate()
  const { params, change } = useUrlState()
  const asked = params.get('new')
  const way: Way | null = asked === 'open' || asked === 'connect' ? asked : null
  const reason = whyNot(canTenant('connectAccount', null, me))
  const query = useQuery(accounts())
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
                An EA trades on an account. Open a paper account with play money, or connect one that you
                have.
              </EmptyState>
            ) : (
              <AccountTable rows={rows} />
            )
          }
        </Loaded>
      </Card>
      <ConnectDialog
        way={reason ? null : way}
        onWay={next => change({ new: next })}
        onDone={made => void navigate(`/accounts/${made.id}`)}
      />
    </Page>
  )
}
