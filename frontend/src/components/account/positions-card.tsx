import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { canOrder, whyNot } from '@/api/can'
import { accountPositions } from '@/api/queries'
import type { Account } from '@/api/records'
import { PositionActions } from '@/components/account/position-actions'
import { Loaded } from '@/components/loaded'
import { PositionList } from '@/components/position-list'
import { useMe } from '@/components/session'
import { useSymbolDigits } from '@/components/symbol-digits'
import { OrderCloseAllDialog } from '@/forms/order-close-all'
import { Button } from '@/ui/button'
import { Card } from '@/ui/card'

/** What is open on an account, and everything that may be done about it. */
export function PositionsCard({ account }: { account: Account }) {
  const me = useMe()
  const query = useQuery(accountPositions(account.id))
  const digits = useSymbolDigits()
  const [isClosing, setClosing] = useState(false)
  const rows = query.data ?? []
  return (
    <Card
      title="Open positions"
      bodyClassName="px-0 pb-1"
      actions={
        rows.length > 0 && (
          <Button size="sm" disabledReason={whyNot(canOrder(me))} onClick={() => setClosing(true)}>
            Close all…
          </Button>
        )
      }
    >
      <Loaded query={query}>
        {positions => (
          <PositionList
            positions={positions}
            currency={account.currency}
            digits={digits}
            actions={(position, places) => (
              <PositionActions account={account} position={position} digits={places} />
            )}
          />
        )}
      </Loaded>
      <OrderCloseAllDialog
        account={account}
        positions={rows}
        isOpen={isClosing}
        onClose={() => setClosing(false)}
      />
    </Card>
  )
}
