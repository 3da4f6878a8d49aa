import type { PlanOffer } from '@/api/billing-queries'
import { buyPlan, useLeave } from '@/api/billing-verbs'
import { sentenceOf } from '@/api/problem'
import { Consequences } from '@/forms/instance-act'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'

interface Props {
  offer: PlanOffer
  isOpen: boolean
  onClose: () => void
}

/** Say what a plan means for this desk, then go and pay for it. */
export function PlanChooseDialog({ offer, isOpen, onClose }: Props) {
  const leave = useLeave(() => buyPlan(offer.code))
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={`Choose ${offer.name}`}>
      <Consequences>
        <li>
          You pay ${offer.priceUsdPerMonth} a month at Stripe, until you cancel there. Nothing is charged
          before you confirm on its page.
        </li>
        <li>The plan changes as soon as Stripe says that it is paid.</li>
        {offer.pauses.map(item => (
          <li key={item.instanceId}>
            <b className="font-medium text-ink">{item.name}</b> is paused: {item.reason}. It keeps its
            positions and opens no new ones.
          </li>
        ))}
      </Consequences>
      <RefusalNote text={leave.error ? sentenceOf(leave.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          variant="primary"
          isBusy={leave.isPending || leave.isSuccess}
          onClick={() => leave.mutate(undefined)}
        >
          Go to payment
        </Button>
      </DialogActions>
    </Dialog>
  )
}
