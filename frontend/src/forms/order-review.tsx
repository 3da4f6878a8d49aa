import { ArrowLeft } from 'lucide-react'
import { sentenceOf } from '@/api/problem'
import type { Account, SymbolSpec } from '@/api/records'
import { DeliveryNote } from '@/components/command/delivery-note'
import { useAskTerminal } from '@/components/command/send'
import { count, lots } from '@/format/volume'
import { type OrderDraft, openPayload, readNumber } from '@/forms/orders'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'
import { DialogActions } from '@/ui/dialog'
import { Facts } from '@/ui/facts'

interface Props {
  account: Account
  draft: OrderDraft
  spec: SymbolSpec | undefined
  onBack: () => void
  onDone: () => void
}

/** What the order means, before anyone can send it. */
export function OrderReview({ account, draft, spec, onBack, onDone }: Props) {
  const verb = useAskTerminal(account)
  const send = () => verb.mutate({ type: 'OPEN', payload: openPayload(draft) }, { onSuccess: onDone })
  const volume = readNumber(draft.volume) ?? 0
  const words = `${draft.side === 'buy' ? 'Buy' : 'Sell'} ${lots(volume)} ${draft.symbol.trim()}`
  return (
    <div>
      <p className="rounded-xl border border-line-strong bg-canvas px-4 py-4 text-center">
        <span className="num block font-semibold text-ink text-lg">{words}</span>
        <span className="mt-0.5 block text-muted text-sm">
          at the market’s price, on {account.label} (
          <span className="num">
            {account.login} at {account.server}
          </span>
          )
        </span>
      </p>
      <Facts
        className="mt-3"
        facts={[
          ['Stop-loss', readNumber(draft.stopLoss) ?? 'none'],
          ['Target', readNumber(draft.takeProfit) ?? 'none'],
          ...(spec
            ? [['Size', `${count(volume * spec.contractSize)} units; ${pointWords(volume, spec)}`] as const]
            : []),
          ...(draft.comment ? [['Comment', draft.comment] as const] : []),
          ['Account', account.platform === 'paper' ? 'Paper: play money' : 'Your own broker: real orders'],
        ]}
      />
      {!readNumber(draft.stopLoss) && (
        <Callout tone="warn" className="mt-3" title="It has no stop-loss">
          Nothing limits what this position may lose but the account itself.
        </Callout>
      )}
      <DeliveryNote account={account} />
      <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
      <DialogActions>
        <Button onClick={onBack}>
          <ArrowLeft /> Change
        </Button>
        <Button variant="primary" isBusy={verb.isPending} onClick={send}>
          {words}
        </Button>
      </DialogActions>
    </div>
  )
}

/** What the last digit of the price is worth, in the currency that the symbol is priced in. */
function pointWords(volume: number, spec: SymbolSpec): string {
  const worth = Number((volume * spec.contractSize * spec.point).toFixed(4))
  const currency = /^[A-Z]{6}$/.test(spec.name) ? spec.name.slice(3) : ''
  return `${worth} ${currency} a point`.replace('  ', ' ')
}
