import { useState } from 'react'
import { toast } from 'sonner'
import { type AccountLimits, beginAnew } from '@/api/limits'
import { placeErrors } from '@/api/problem'
import { useProgrammeVerb } from '@/api/programmes'
import type { Account } from '@/api/records'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'

interface Props {
  account: Account
  found: AccountLimits
  isOpen: boolean
  onClose: () => void
}

export function PhaseBeginDialog(props: Props) {
  return (
    <Dialog
      isOpen={props.isOpen}
      onClose={props.onClose}
      title={`Begin ${props.found.phase} anew?`}
      description="Limits, peaks and days traded count from this moment on, and a breach of before no longer stands. What was told of it is resolved; EAs that were paused stay paused until you resume them."
    >
      <BeginForm {...props} />
    </Dialog>
  )
}

function BeginForm({ account, found, onClose }: Props) {
  const [balance, setBalance] = useState(found.initialBalance === null ? '' : String(found.initialBalance))
  const verb = useProgrammeVerb((_: null) =>
    beginAnew(account.id, balance.trim() === '' ? null : Number(balance)),
  )
  const { fields, rest } = placeErrors(verb.error, ['initialBalance'])
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        verb.mutate(null, {
          onSuccess: () => {
            toast.success(`${found.phase} of ${account.label} begins anew`)
            onClose()
          },
        })
      }}
    >
      <Field
        label="First balance"
        hint={`What the firm counts from, in ${found.currency}. Empty: the balance of this moment.`}
        error={fields.initialBalance}
      >
        {control => (
          <Input
            {...control}
            type="number"
            min="0.01"
            step="any"
            inputMode="decimal"
            placeholder="the balance now"
            value={balance}
            onChange={({ target }) => setBalance(target.value)}
          />
        )}
      </Field>
      <RefusalNote text={verb.error && rest ? rest : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Leave it</Button>
        <Button type="submit" variant="danger" isBusy={verb.isPending}>
          Begin {found.phase} anew
        </Button>
      </DialogActions>
    </form>
  )
}
