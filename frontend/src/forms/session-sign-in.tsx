import { useForm } from 'react-hook-form'
import { signIn, useSessionVerb } from '@/api/verbs'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'

interface Props {
  demo: { email: string; password: string } | null
  onDone: () => void
}

export function SignInForm({ demo, onDone }: Props) {
  const form = useForm({ defaultValues: { email: demo?.email ?? '', password: demo?.password ?? '' } })
  const verb = useSessionVerb(signIn)
  const { errors } = form.formState
  const submit = form.handleSubmit(values =>
    verb.mutate(values, { onSuccess: onDone, onError: error => showRefusal(form, error) }),
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
      <Field label="Password" error={errors.password?.message}>
        {control => (
          <Input
            {...control}
            {...form.register('password', { required: 'Enter your password.' })}
            type="password"
            autoComplete="current-password"
            className="h-10"
          />
        )}
      </Field>
      <RefusalNote text={errors.root?.message} />
      <Button type="submit" variant="primary" size="lg" className="w-full" isBusy={verb.isPending}>
        {demo ? 'Sign in to the demo' : 'Sign in'}
      </Button>
    </form>
  )
}
