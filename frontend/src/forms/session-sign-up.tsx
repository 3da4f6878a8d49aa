import { useForm } from 'react-hook-form'
import { signUp, useSessionVerb } from '@/api/verbs'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'

export function SignUpForm({ onDone }: { onDone: () => void }) {
  const form = useForm({ defaultValues: { tenantName: '', email: '', password: '' } })
  const verb = useSessionVerb(signUp)
  const { errors } = form.formState
  const submit = form.handleSubmit(values =>
    verb.mutate(values, { onSuccess: onDone, onError: error => showRefusal(form, error) }),
  )
  return (
    <form noValidate onSubmit={event => void submit(event)} className="space-y-4">
      <Field
        label="Name of your desk"
        hint="You or your company, as others shall see it."
        error={errors.tenantName?.message}
      >
        {control => (
          <Input
            {...control}
            {...form.register('tenantName', {
              required: 'Give it a name.',
              maxLength: { value: 80, message: 'At most 80 characters.' },
            })}
            autoComplete="organization"
            className="h-10"
          />
        )}
      </Field>
      <Field label="Email" error={errors.email?.message}>
        {control => (
          <Input
            {...control}
            {...form.register('email', {
              required: 'Enter your email.',
              pattern: { value: /^\S+@\S+$/, message: 'This is no email address.' },
            })}
            type="email"
            autoComplete="username"
            className="h-10"
          />
        )}
      </Field>
      <Field
        label="Password"
        hint="Long beats complicated: four random words are fine."
        error={errors.password?.message}
      >
        {control => (
          <Input
            {...control}
            {...form.register('password', { required: 'Choose a password.' })}
            type="password"
            autoComplete="new-password"
            className="h-10"
          />
        )}
      </Field>
      <RefusalNote text={errors.root?.message} />
      <Button type="submit" variant="primary" size="lg" className="w-full" isBusy={verb.isPending}>
        Create account
      </Button>
    </form>
  )
}
