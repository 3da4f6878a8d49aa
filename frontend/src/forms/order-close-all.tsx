import { useState } from 'react'
import { sentenceOf } from '@/api/problem'
import type { Account, Position } from '@/api/records'
import { DeliveryNote } from '@/components/command/delivery-note'
import { useAskTerminal } from '@/components/command/send'
import { Consequences } from '@/forms/instance-act'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { HoldButton } from '@/ui/hold-button'
import { Select } from '@/ui/input'
import { Profit } from '@/ui/profit'

interface Props {
  account: Account
  positions: readonly Position[]
  isOpen: boolean
  onClose: () => void
}

export function OrderCloseAllDialog(props: Props) {
  return (
    <Dialog isOpen={props.isOpen} onClose={props.onClose} title={`Close positions of ${props.account.label}`}>
      <CloseAll {...props} />
    </Dialog>
  )
}

function CloseAll({ account, positions, onClose }: Props) {
  const [symbol, setSymbol] = useState('')
  const verb = useAskTerminal(account)
  const symbols = [...new Set(positions.map(row => row.symbol))].sort()
  const chosen = positions.filter(row => !symbol || row.symbol === symbol)
  const floating = chosen.reduce((sum, row) => sum + row.profit + row.swap, 0)
  const send = () =>
    verb.mutate({ type: 'CLOSE_ALL', payload: symbol ? { symbol } : {} }, { onSuccess: onClose })
  const many = chosen.length === 1 ? '1 position' : `${chosen.length} positions`
  return (
    <div>
      {symbols.length > 1 && (
        <Field label="Which" className="mb-4">
          {control => (
            <Select {...control} value={symbol} onChange={event => setSymbol(event.target.value)}>
              <option value="">All symbols</option>
              {symbols.map(name => (
                <option key={name}>{name}</option>
              ))}
            </Select>
          )}
        </Field>
      )}
      <Consequences>
        <li>
          {many} {chosen.length === 1 ? 'is' : 'are'} closed at the market’s price
          {chosen.length > 1 && ', one after the other'}. About{' '}
          <Profit value={floating} currency={account.currency} className="font-medium" /> becomes final.
        </li>
        <li>
          Whatever is open when the terminal gets to it is closed, also what was opened after you pressed.
        </li>
        <li>EAs that run here are not stopped: they may open again. Pause them first if they shall not.</li>
      </Consequences>
      <DeliveryNote account={account} />
      <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
      <div className="mt-6 flex flex-wrap items-start justify-end gap-2">
        <Button onClick={onClose}>Keep them open</Button>
        <HoldButton isBusy={verb.isPending} onHeld={send}>
          Hold to close {many}
        </HoldButton>
      </div>
    </div>
  )
}
