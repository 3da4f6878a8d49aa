import { ArrowLeftRight } from 'lucide-react'
import { useState } from 'react'
import { canOrder, whyNot } from '@/api/can'
import type { Account } from '@/api/records'
import { useMe } from '@/components/session'
import { OrderOpenDialog } from '@/forms/order-open'
import { Button } from '@/ui/button'

export function NewOrder({ account }: { account: Account }) {
  const me = useMe()
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button variant="primary" disabledReason={whyNot(canOrder(me))} onClick={() => setOpen(true)}>
        <ArrowLeftRight /> New order
      </Button>
      <OrderOpenDialog account={account} isOpen={isOpen} onClose={() => setOpen(false)} />
    </>
  )
}
