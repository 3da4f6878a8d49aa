import { useForm } from 'react-hook-form'
import { toast } from 'sonner'
import { addPasskey } from '@/api/passkeys'
import { renamePasskey } from '@/api/security'
import { useSecurityVerb } from '@/components/security/verbs'
import { deviceOf } from '@/components/security/words'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'

export function PasskeyAddDialog({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="Add a passkey"
      description="Your browser asks next where to keep it: in this device, on your phone or on a security key."
    >
      <NameForm
        name={deviceOf(navigator.userAgent)}
        act="Go on"
        verb={addPasskey}
        onClose={onClose}
        onDone={onDone}
      />
    </Dialog>
  )
}

export function PasskeyRenameDialog({
  id,
  name,
  onClose,
}: {
  id: number
  name: string
  onClose: () => void
}) {
  const done = () => {
    toast.success('Renamed')
    onClose()
  }
  return (
    <Dialog isOpen onClose={onClose} title="Rename passkey">
      <NameForm
        name={name}
        act="Rename"
        verb={text => renamePasskey(id, text)}
        onClose={onClose}
        onDone={done}
      />
    </Dialog>
  )
}

interface NameProps {
  name: string
  act: string
  verb: (name: string) => Promise<unknown>
  onClose: () => void
  onDone: () => void
}

function NameForm({ name, act, verb, onClose, onDone }: NameProps) {
  const form = useForm({ defaultValues: { name } })
  const deed = useSecurityVerb(verb)
  const { errors } = form.formState
  const submit = form.handleSubmit(values =>
    deed.mutate(values.name, { onSuccess: onDone, onError: error => showRefusal(form, error) }),
  )
  return (
    <form noValidate onSubmit={event => void submit(event)}>
      <Field label="Name" hint="By which you will know it in the list." error={errors.name?.message}>
        {control => (
          <Input
            {...control}
            {...form.register('name', {
              required: 'Give it a name.',
              maxLength: { value: 100, message: 'At most 100 characters.' },
            })}
          />
        )}
      </Field>
      <RefusalNote text={errors.root?.message} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={deed.isPending}>
          {act}
        </Button>
      </DialogActions>
    </form>
  )
}
