import { useForm } from 'react-hook-form'
import { toast } from 'sonner'
import type { Account } from '@/api/records'
import { renameAccount, useAccountVerb } from '@/api/verbs'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'

interface Props {
  account: Account
  isOpen: boolean
  onClose: () => void
}

export function AccountRenameDialog({ account, isOpen, onClose }: Props) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title="Rename account">
      <RenameForm account={account} onClose={onClose} />
    </Dialog>
  )
}

function RenameForm({ account, onClose }: Omit<Props, 'isOpen'>) {
  const form = useForm({ defaultValues: { label: account.label } })
  const verb = useAccountVerb((label: string) => renameAccount(account.id, label))
  const done = () => {
    toast.success('Renamed')
    onClose()
  }
  const submit = form.handleSubmit(({ label }) =>
    verb.mutate(label, { onSuccess: done, onError: error => showRefusal(form, error) }),
  )
  const { errors } = form.formState
  return (
    <form noValidate onSubmit={event => void submit(event)}>
      <Field label="Name" error={errors.label?.message}>
        {control => (
          <Input
            {...control}
            {...form.register('label', {
              required: 'Give the account a name.',
              maxLength: { value: 60, message: 'At most 60 characters.' },
            })}
          />
        )}
      </Field>
      <RefusalNote text={errors.root?.message} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={verb.isPending}>
          Rename
        </Button>
      </DialogActions>
    </form>
  )
}
