import { useForm } from 'react-hook-form'
import { signUp } from '@/api/door'
import { useDoorVerb } from '@/components/door-step'
import { NEW_PASSWORD_HINT } from '@/components/security/words'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'
import { PasswordInput } from '@/ui/password-input'

export function SignUpForm() {
  const form = useForm({ defaultValues: { tenant_name: '', email: '', password: '' } })
  const verb = useDoorVerb(signUp)
  const { errors } = form.formState
  const submit = form.handleSubmit(values =>
    verb.mutate(values, { onError: error => showRefusal(form, error) }),
  )
  return (
    <form noValidate onSubmit={event => void submit(event)} className="space-y-4">
      <Field
        label="Name of your desk"
        hint="You or your company, as others shall see it."
        error={errors.tenant_name?.message}
      >
        {control => (
          <Input
            {...control}
            {...form.register('tenant_name', {
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
      <Field label="Password" hint={NEW_PASSWORD_HINT} error={errors.password?.message}>
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
        Create account
      </Button>
    </form>
  )
}
