import { useState } from 'react'
import { toast } from 'sonner'
import type { Customer, PlanChange } from '@/api/billing-queries'
import { useSetPlan } from '@/api/billing-verbs'
import { planName } from '@/api/can'
import { sentenceOf } from '@/api/problem'
import type { PlanCode } from '@/api/records'
import { Consequences } from '@/forms/instance-act'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input, Select } from '@/ui/input'

const PLANS: readonly PlanCode[] = ['bronze', 'gold', 'platinum']

interface Props {
  customer: Customer
  isOpen: boolean
  onClose: () => void
}

/** An operator's word on a customer's plan. */
export function PlanSetDialog({ customer, isOpen, onClose }: Props) {
  const [plan, setPlan] = useState<PlanCode>(customer.plan)
  const [reason, setReason] = useState('')
  const set = useSetPlan(customer.id)
  const act = () =>
    set.mutate(
      { plan, reason },
      {
        onSuccess: change => {
          toast.success(`${customer.name} is on ${planName(change.plan)}`, { description: pausedIn(change) })
          onClose()
        },
      },
    )
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={`Plan of ${customer.name}`}>
      <form
        className="space-y-4"
        onSubmit={event => {
          event.preventDefault()
          act()
        }}
      >
        <Field label="Plan">
          {control => (
            <Select {...control} value={plan} onChange={event => setPlan(event.target.value as PlanCode)}>
              {PLANS.map(code => (
                <option key={code} value={code}>
                  {planName(code)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label="Reason" hint="The customer reads it in their activity.">
          {control => (
            <Input
              {...control}
              value={reason}
              maxLength={200}
              onChange={event => setReason(event.target.value)}
            />
          )}
        </Field>
        <Consequences>
          <li>EAs that the plan has no place for are paused, the newest first. They keep their positions.</li>
          <li>Nothing that is paused resumes by itself on a larger plan.</li>
        </Consequences>
        <RefusalNote text={set.error ? sentenceOf(set.error) : undefined} />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" isBusy={set.isPending}>
            Set plan
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}

/** Whom a change has paused, in a sentence. */
export function pausedIn(change: PlanChange): string {
  if (change.paused.length === 0) return 'No EA had to be paused.'
  return `Paused: ${change.paused.map(item => item.name).join(', ')}.`
}
