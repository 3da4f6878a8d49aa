import { useState } from 'react'
import { askSupport, enterDesk, goTo, usePeopleVerb } from '@/api/people'
import { sentenceOf } from '@/api/problem'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'

interface Props {
  customer: { id: string; name: string }
  onClose: () => void
}

/** Ask a customer to be let in, or go in while they let you. */
export function SupportAskDialog({ customer, onClose }: Props) {
  const [reason, setReason] = useState('')
  const ask = usePeopleVerb((text: string) => askSupport(customer.id, text))
  const enter = usePeopleVerb((_: null) => enterDesk(customer.id).then(() => goTo('/')))
  const error = ask.error ?? enter.error
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Support for ${customer.name}`}
      description="Their owner reads the reason and decides. Each look is on their record."
    >
      <Field label="Reason">
        {control => (
          <Input
            {...control}
            value={reason}
            maxLength={300}
            onChange={({ target }) => setReason(target.value)}
          />
        )}
      </Field>
      {ask.data && <Callout className="mt-4">Asked. Once they let you in, go to their desk here.</Callout>}
      <RefusalNote text={error ? sentenceOf(error) : undefined} />
      <DialogActions>
        <Button isBusy={enter.isPending} onClick={() => enter.mutate(null)}>
          Go to their desk
        </Button>
        <Button
          variant="primary"
          isBusy={ask.isPending}
          disabledReason={reason.trim().length < 3 ? 'Say why.' : undefined}
          onClick={() => ask.mutate(reason)}
        >
          Ask
        </Button>
      </DialogActions>
    </Dialog>
  )
}
