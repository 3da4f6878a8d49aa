import { useForm } from 'react-hook-form'
import { Link } from 'react-router'
import { type Step, signIn } from '@/api/door'
import { useDoorVerb } from '@/components/door-step'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'
import { PasswordInput } from '@/ui/password-input'

interface Props {
  demo: { email: string; password: string } | null
}

/** The password was right, and no step is missing: this person is let in no more. */
const LOCKED = 'You cannot sign in here any more. Ask whoever runs this server.'

export function SignInForm({ demo }: Props) {
  const form = useForm({ defaultValues: { email: demo?.email ?? '', password: demo?.password ?? '' } })
  const verb = useDoorVerb(signIn)
  const { errors } = form.formState
  const isDemo = demo !== null && form.watch('email') === demo.email
  const answered = (step: Step) => {
    if (step.at === 'none') form.setError('root', { message: LOCKED })
  }
  const submit = form.handleSubmit(values =>
    verb.mutate(values, { onSuccess: answered, onError: error => showRefusal(form, error) }),
  )
  return (
    <form noValidate onSubmit={event => void submit(event)} className="space-y-4">
      <Field label="Email" error={errors.email?.message}>
        {control => (
          <Input
            {...control}
            {...form.register('email', { required: 'Enter your email.' })}
            type="email"
            autoComplete="username webauthn"
            className="h-10"
          />
        )}
      </Field>
      <Field
        label="Password"
        error={errors.password?.message}
        aside={
          <Link to="/forgot-password" className="rounded hover:text-ink hover:underline">
            Forgot your password?
          </Link>
        }
      >
        {control => (
          <PasswordInput
            {...control}
            {...form.register('password', { required: 'Enter your password.' })}
            autoComplete="current-password"
            className="h-10"
          />
        )}
      </Field>
      <RefusalNote text={errors.root?.message} />
      <Button type="submit" variant="primary" size="lg" className="w-full" isBusy={verb.isPending}>
        {isDemo ? 'Sign in to the demo' : 'Sign in'}
      </Button>
    </form>
  )
}
