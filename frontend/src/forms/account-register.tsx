import { useForm } from 'react-hook-form'
import type { Account, NewTerminal, RegisterAccountForm } from '@/api/records'
import { makeTerminal, registerAccount } from '@/api/terminal-verbs'
import { useAccountVerb } from '@/api/verbs'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { ZoneField, zoneRule } from '@/forms/zone-field'
import { Button } from '@/ui/button'
import { DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'
import { Segmented } from '@/ui/segmented'

export interface Registered {
  account: Account
  /** Missing where the account was made and its terminal was not: it can be paired from its page. */
  paired: NewTerminal | null
}

const PLATFORMS = [
  { value: 'mt5', label: 'MetaTrader 5' },
  { value: 'mt4', label: 'MetaTrader 4' },
] as const

const START = {
  label: '',
  platform: 'mt5' as RegisterAccountForm['platform'],
  login: '',
  server: '',
  currency: 'USD',
  serverTimezone: '',
}

/** An account that its owner's terminal reports; no password comes near us. */
export function AccountRegisterForm({ onDone }: { onDone: (made: Registered) => void }) {
  const form = useForm({ defaultValues: START })
  const verb = useAccountVerb(registerAccount)
  const { errors } = form.formState
  const [platform, zone] = form.watch(['platform', 'serverTimezone'])
  const submit = form.handleSubmit(({ login, currency, ...rest }) =>
    verb.mutate(
      { ...rest, login: Number(login), currency: currency.toUpperCase() },
      {
        onSuccess: async account => onDone({ account, paired: await firstTerminal(account) }),
        onError: error => showRefusal(form, error),
      },
    ),
  )
  return (
    <form noValidate onSubmit={event => void submit(event)} className="space-y-4 pt-4">
      <Segmented
        label="Platform"
        options={PLATFORMS}
        value={platform}
        onChange={next => form.setValue('platform', next)}
      />
      <Field label="Name" hint="As you will find it in lists." error={errors.label?.message}>
        {control => (
          <Input
            {...control}
            {...form.register('label', {
              required: 'Give the account a name.',
              maxLength: { value: 60, message: 'At most 60 characters.' },
            })}
            placeholder="Challenge 100k"
          />
        )}
      </Field>
      <div className="grid gap-4 sm:grid-cols-[1fr_1.4fr_5rem]">
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
              {...form.register('server', { required: 'Name the server as the terminal’s title does.' })}
              autoComplete="off"
              placeholder="ICMarketsSC-Live07"
            />
          )}
        </Field>
        <Field label="Currency" error={errors.currency?.message}>
          {control => (
            <Input
              {...control}
              {...form.register('currency', {
                validate: text => /^[a-z]{3,8}$/i.test(text.trim()) || 'As USD or EUR.',
              })}
              autoComplete="off"
              className="uppercase"
            />
          )}
        </Field>
      </div>
      <ZoneField
        label="Server time zone"
        hint="The connector says the offset itself; this fills in for imports and for EAs that do not. It may stay empty."
        placeholder="As the terminal says"
        value={zone}
        error={errors.serverTimezone?.message}
        control={form.register('serverTimezone', zoneRule)}
      />
      <RefusalNote text={errors.root?.message} />
      <DialogActions>
        <Button type="submit" variant="primary" isBusy={verb.isPending}>
          Continue to pairing
        </Button>
      </DialogActions>
    </form>
  )
}

/** The account exists whatever becomes of this: a refusal leads to its page, not back into the form. */
async function firstTerminal(account: Account): Promise<NewTerminal | null> {
  return makeTerminal(account.id, `${account.platform.toUpperCase()} terminal`).catch(() => null)
}
