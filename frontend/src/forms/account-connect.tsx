import { LockKeyhole } from 'lucide-react'
import { useForm } from 'react-hook-form'
import type { Account } from '@/api/records'
import { connectAccount, useAccountVerb } from '@/api/verbs'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'

const PAPER_SERVER = 'metafleet-Paper'

export function AccountConnectForm({ onDone }: { onDone: (account: Account) => void }) {
  const form = useForm({ defaultValues: { label: '', login: '', password: '', server: PAPER_SERVER } })
  const verb = useAccountVerb(connectAccount)
  const { errors } = form.formState
  const submit = form.handleSubmit(({ login, ...rest }) =>
    verb.mutate(
      { ...rest, login: Number(login) },
      { onSuccess: onDone, onError: error => showRefusal(form, error) },
    ),
  )
  return (
    <form noValidate onSubmit={event => void submit(event)} className="space-y-4 pt-4">
      <Field label="Name" hint="As you will find it in lists." error={errors.label?.message}>
        {control => (
          <Input {...control} {...form.register('label', { required: 'Give the account a name.' })} />
        )}
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Login" error={errors.login?.message}>
          {control => (
            <Input
              {...control}
              {...form.register('login', {
                validate: text => /^[1-9]\d{0,14}$/.test(text.trim()) || 'The login is a number, as 500123.',
              })}
              inputMode="numeric"
              autoComplete="off"
            />
          )}
        </Field>
        <Field label="Server" error={errors.server?.message}>
          {control => (
            <Input
              {...control}
              {...form.register('server', { required: 'Name the server.' })}
              autoComplete="off"
            />
          )}
        </Field>
      </div>
      <Field label="Password" error={errors.password?.message}>
        {control => (
          <Input
            {...control}
            {...form.register('password', { required: 'Enter the account’s trading password.' })}
            type="password"
            autoComplete="off"
          />
        )}
      </Field>
      <p className="flex gap-2.5 rounded-lg border border-line bg-canvas p-3 text-muted text-sm">
        <LockKeyhole aria-hidden className="mt-0.5 size-4 shrink-0 text-faint" />
        <span>
          We sign in once to check it. Then the password is sealed with a key of this account’s own (AES-256)
          and opened only for the process that trades. No screen, log or export ever shows it, and removing
          the account destroys it.
        </span>
      </p>
      <RefusalNote text={errors.root?.message} />
      <DialogActions>
        <Button type="submit" variant="primary" isBusy={verb.isPending}>
          Sign in and connect
        </Button>
      </DialogActions>
    </form>
  )
}
