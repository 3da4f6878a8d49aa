import { useForm } from 'react-hook-form'
import { toast } from 'sonner'
import { changePassword } from '@/api/security'
import { useSecurityVerb } from '@/components/security/verbs'
import { Whose } from '@/components/security/whose'
import { NEW_PASSWORD_HINT } from '@/components/security/words'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { PasswordInput } from '@/ui/password-input'

interface Props {
  /** Who came by the provider may have none yet. */
  hasPassword: boolean
  onClose: () => void
}

export function PasswordChangeDialog({ hasPassword, onClose }: Props) {
  const form = useForm({ defaultValues: { current_password: '', new_password: '' } })
  const verb = useSecurityVerb(changePassword)
  const { errors } = form.formState
  const done = () => {
    toast.success('Your new password is set')
    onClose()
  }
  const submit = form.handleSubmit(({ current_password, new_password }) =>
    verb.mutate(hasPassword ? { current_password, new_password } : { new_password }, {
      onSuccess: done,
      onError: error => showRefusal(form, error),
    }),
  )
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={hasPassword ? 'Change your password' : 'Set a password'}
      description="All your other sessions end, and you get a mail."
    >
      <form noValidate onSubmit={event => void submit(event)} className="space-y-4">
        <Whose />
        {hasPassword && (
          <Field label="Present password" error={errors.current_password?.message}>
            {control => (
              <PasswordInput
                {...control}
                {...form.register('current_password', { required: 'Enter your present password.' })}
                autoComplete="current-password"
              />
            )}
          </Field>
        )}
        <Field label="New password" hint={NEW_PASSWORD_HINT} error={errors.new_password?.message}>
          {control => (
            <PasswordInput
              {...control}
              {...form.register('new_password', { required: 'Choose a password.' })}
              autoComplete="new-password"
            />
          )}
        </Field>
        <RefusalNote text={errors.root?.message} />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" isBusy={verb.isPending}>
            Set the password
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
