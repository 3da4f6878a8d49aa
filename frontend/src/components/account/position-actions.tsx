import { useQuery } from '@tanstack/react-query'
import { SlidersHorizontal, X } from 'lucide-react'
import { useState } from 'react'
import { canOrder, whyNot } from '@/api/can'
import { symbols } from '@/api/queries'
import type { Account, Position } from '@/api/records'
import { useMe } from '@/components/session'
import { OrderCloseDialog } from '@/forms/order-close'
import { OrderModifyDialog } from '@/forms/order-modify'
import { Button } from '@/ui/button'

interface Props {
  account: Account
  position: Position
  digits: number
}

/** What may be done about an open position. */
export function PositionActions({ account, position, digits }: Props) {
  const me = useMe()
  const [asked, setAsked] = useState<'modify' | 'close' | null>(null)
  const spec = useQuery(symbols()).data?.find(row => row.name === position.symbol)
  const why = whyNot(canOrder(me))
  const props = { account, position, digits, spec, onClose: () => setAsked(null) }
  const name = `${position.symbol} #${position.ticket}`
  return (
    <span className="inline-flex gap-1">
      <Button
        size="sm"
        variant="ghost"
        disabledReason={why}
        aria-label={`Change stop and target of ${name}`}
        onClick={() => setAsked('modify')}
      >
        <SlidersHorizontal /> Modify
      </Button>
      <Button
        size="sm"
        variant="ghost"
        disabledReason={why}
        aria-label={`Close ${name}`}
        onClick={() => setAsked('close')}
      >
        <X /> Close
      </Button>
      <OrderModifyDialog {...props} isOpen={asked === 'modify'} />
      <OrderCloseDialog {...props} isOpen={asked === 'close'} />
    </span>
  )
}
