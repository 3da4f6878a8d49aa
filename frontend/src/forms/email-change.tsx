import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { toast } from 'sonner'
import { changeEmail, confirmNewEmail } from '@/api/security'
import { useSecurityVerb } from '@/components/security/verbs'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { CodeInput } from '@/ui/code-input'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'

interface Props {
  hint: string
  onClose: () => void
}

/** The new address, then the code that we sent there. Until then the old one stays. */
export function EmailChangeDialog({ hint, onClose }: Props) {
  const [email, setEmail] = useState('')
  return (
    <Dialog isOpen onClose={onClose} title="Change your email">
      {email ? (
        <CodeForm email={email} hint={hint} onClose={onClose} />
      ) : (
        <AddressForm onClose={onClose} onDone={setEmail} />
      )}
    </Dialog>
  )
}

function AddressForm({ onClose, onDone }: { onClose: () => void; onDone: (email: string) => void }) {
  const form = useForm({ defaultValues: { email: '' } })
  const verb = useSecurityVerb(changeEmail)
  const { errors } = form.formState
  const submit = form.handleSubmit(({ email }) =>
    verb.mutate(email, { onSuccess: () => onDone(email), onError: error => showRefusal(form, error) }),
  )
  return (
    <form noValidate onSubmit={event => void submit(event)}>
      <Field label="New email" error={errors.email?.message}>
        {control => (
          <Input
            {...control}
            {...form.register('email', { required: 'Enter your new email.' })}
            type="email"
            autoComplete="email"
          />
        )}
      </Field>
      <RefusalNote text={errors.root?.message} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={verb.isPending}>
          Send a code there
        </Button>
      </DialogActions>
    </form>
  )
}

function CodeForm({ email, hint, onClose }: Props & { email: string }) {
  const cache = useQueryClient()
  const form = useForm({ defaultValues: { key: '' } })
  const verb = useSecurityVerb(confirmNewEmail)
  const { errors } = form.formState
  const done = () => {
    void cache.invalidateQueries({ queryKey: ['session'] })
    toast.success('Your email is changed')
    onClose()
  }
  const submit = form.handleSubmit(({ key }) =>
    verb.mutate(key.trim(), { onSuccess: done, onError: error => showRefusal(form, error) }),
  )
  return (
    <form noValidate onSubmit={event => void submit(event)}>
      <Field label={`Code from our mail to ${email}`} hint={hint} error={errors.key?.message}>
        {control => (
          <CodeInput {...control} {...form.register('key', { required: 'Enter the code.' })} autoFocus />
        )}
      </Field>
      <RefusalNote text={errors.root?.message} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={verb.isPending}>
          Confirm
        </Button>
      </DialogActions>
    </form>
  )
}
