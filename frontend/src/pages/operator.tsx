import { Outlet, useLocation } from 'react-router'
import { may } from '@/api/can'
import { Missing } from '@/components/missing'
import { OPERATOR_TABS, OperatorTabs } from '@/components/operator/operator-tabs'
import { Page } from '@/components/page'
import { useMe } from '@/components/session'

/** The frame of the operator's screens; for anybody else there is nothing here. */
export default function OperatorPage() {
  const me = useMe()
  const { pathname } = useLocation()
  if (!may(me, 'audit')) return <Missing />
  const tab =
    OPERATOR_TABS.find(item => item.to === pathname.split('/').slice(0, 3).join('/'))?.label ?? 'Operator'
  return (
    <Page title={`${tab} · Operator`} heading="Operator" lead="The whole installation, over all customers.">
      <OperatorTabs />
      <Outlet />
    </Page>
  )
}
