import type { Account } from '@/api/records'
import { truthsOf } from '@/components/account/truths'
import { useNow } from '@/components/now'
import { Callout } from '@/ui/callout'

/** How an order gets to the broker, and what of the account's state stands in its way now. */
export function DeliveryNote({ account }: { account: Account }) {
  const now = useNow()
  const bad = truthsOf(account, now).filter(
    truth => truth.look.tone === 'loss' || truth.look.label === 'Late',
  )
  return (
    <div className="mt-4 space-y-3">
      {bad.map(truth => (
        <Callout key={truth.name} tone="warn" title={truth.phrase}>
          {truth.look.says}
        </Callout>
      ))}
      <p className="text-faint text-xs">
        Kept until its result is known. If no terminal of {account.label} fetches it within five minutes it is
        dropped, so that no order is carried out late.
      </p>
    </div>
  )
}
