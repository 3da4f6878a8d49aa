import { useForm } from 'react-hook-form'
import { askForReset, resetPassword, type Step } from '@/api/door'
import { useDoorVerb } from '@/components/door-step'
import { NEW_PASSWORD_HINT } from '@/components/security/words'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { BeginAgain, FILED } from '@/forms/session-steps'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'
import { CodeInput } from '@/ui/code-input'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'
import { PasswordInput } from '@/ui/password-input'

/** For which address a new password is wanted. Whether there is an account is told by the mail alone. */
export function ResetRequestForm() {
  const form = useForm({ defaultValues: { email: '' } })
  const verb = useDoorVerb(askForReset)
  const { errors } = form.formState
  const submit = form.handleSubmit(({ email }) =>
    verb.mutate(email, { onError: error => showRefusal(form, error) }),
  )
  return (
    <form noValidate onSubmit={event => void submit(event)} className="space-y-4">
      <Field label="Email" error={errors.email?.message}>
        {control => (
          <Input
            {...control}
            {...form.register('email', { required: 'Enter your email.' })}
            type="email"
            autoComplete="username"
            className="h-10"
          />
        )}
      </Field>
      <RefusalNote text={errors.root?.message} />
      <Button type="submit" variant="primary" size="lg" className="w-full" isBusy={verb.isPending}>
        Send me a code
      </Button>
    </form>
  )
}

interface Props {
  sendsMail: boolean
  onDone: () => void
}

/** The mail's code and the new password. */
export function ResetForm({ sendsMail, onDone }: Props) {
  const form = useForm({ defaultValues: { key: '', password: '' } })
  const verb = useDoorVerb(resetPassword)
  const { errors } = form.formState
  const answered = (step: Step) => step.at !== 'reset' && onDone()
  const submit = form.handleSubmit(({ key, password }) =>
    verb.mutate(
      { key: key.trim(), password },
      { onSuccess: answered, onError: error => showRefusal(form, error) },
    ),
  )
  return (
    <form noValidate onSubmit={event => void submit(event)} className="space-y-4">
      <Callout>
        {sendsMail ? 'We have sent you a mail with a code. It is good for three minutes.' : FILED}
      </Callout>
      <Field label="Code" error={errors.key?.message}>
        {control => (
          <CodeInput {...control} {...form.register('key', { required: 'Enter the code.' })} autoFocus />
        )}
      </Field>
      <Field label="New password" hint={NEW_PASSWORD_HINT} error={errors.password?.message}>
        {control => (
          <PasswordInput
            {...control}
            {...form.register('password', { required: 'Choose a password.' })}
            autoComplete="new-password"
            className="h-10"
          />
        )}
      </Field>
      <RefusalNote text={errors.root?.message} />
      <Button type="submit" variant="primary" size="lg" className="w-full" isBusy={verb.isPending}>
        Set the new password
      </Button>
      <BeginAgain />
    </form>
  )
}
