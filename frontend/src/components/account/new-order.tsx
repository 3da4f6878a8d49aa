import { useQuery } from '@tanstack/react-query'
import { ArrowLeftRight } from 'lucide-react'
import { useState } from 'react'
import { canOrder, whyNot } from '@/api/can'
import type { Account } from '@/api/records'
import { accountTerminals } from '@/api/terminal-queries'
import { useMe } from '@/components/session'
import { OrderOpenDialog } from '@/forms/order-open'
import { Button } from '@/ui/button'

const NOBODY = 'No terminal reports for this account yet: pair one, or deploy an EA, first.'

export function NewOrder({ account }: { account: Account }) {
  const me = useMe()
  const [isOpen, setOpen] = useState(false)
  const terminals = useQuery(accountTerminals(account.id)).data
  const isDeaf = terminals?.every(row => row.revokedAt || !(row.hosted || row.enrolledAt)) ?? false
  return (
    <>
      <Button
        variant="primary"
        disabledReason={whyNot(canOrder(me)) ?? (isDeaf ? NOBODY : undefined)}
        onClick={() => setOpen(true)}
      >
        <ArrowLeftRight /> New order
      </Button>
      <OrderOpenDialog account={account} isOpen={isOpen} onClose={() => setOpen(false)} />
    </>
  )
}
