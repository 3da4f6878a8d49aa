import type { ReactNode } from 'react'
import type { Billing } from '@/api/billing-queries'
import { Moment } from '@/components/moment'
import { Callout } from '@/ui/callout'

/** What the owner should know of the subscription; nothing where all is well. */
export function PlanStatus({ billing, action }: { billing: Billing; action: ReactNode }) {
  if (billing.status === 'cancelled')
    return (
      <Callout tone="loss" title="Your subscription has ended">
        All EAs are paused: they look after their open positions and open no new ones. Choose a plan, then
        resume those that you want.
      </Callout>
    )
  if (billing.status === 'past_due')
    return (
      <Callout tone="warn" title="The last payment failed" action={action}>
        Everything runs on for now. Mend the payment before the provider ends the subscription: all EAs are
        paused then.
      </Callout>
    )
  if (billing.cancelsAt)
    return (
      <Callout title="Your subscription is cancelled" action={action}>
        It ends <Moment at={billing.cancelsAt} />. Nothing changes until then; all EAs are paused after it.
      </Callout>
    )
  return null
}

/** Who decides the plan, in a sentence. */
export function PlanTerms({ billing }: { billing: Billing }) {
  if (billing.provider === 'manual') return 'The operator of this server sets your plan.'
  if (!billing.isCharged) return 'Nothing is charged any more.'
  if (!billing.periodEndsAt || billing.cancelsAt) return 'Paid by Stripe.'
  return (
    <>
      Paid by Stripe; renews <Moment at={billing.periodEndsAt} />.
    </>
  )
}
