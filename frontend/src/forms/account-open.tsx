import { useForm } from 'react-hook-form'
import type { Account } from '@/api/records'
import { openAccount, useAccountVerb } from '@/api/verbs'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input, Select } from '@/ui/input'

const LEVERAGES = [1, 10, 20, 30, 50, 100, 200, 500]

export function AccountOpenForm({ onDone }: { onDone: (account: Account) => void }) {
  const form = useForm({ defaultValues: { label: '', deposit: 10_000, leverage: 100 } })
  const verb = useAccountVerb(openAccount)
  const { errors } = form.formState
  const submit = form.handleSubmit(values =>
    verb.mutate(values, { onSuccess: onDone, onError: error => showRefusal(form, error) }),
  )
  return (
    <form noValidate onSubmit={event => void submit(event)} className="space-y-4 pt-4">
      <Field label="Name" hint="As you will find it in lists." error={errors.label?.message}>
        {control => (
          <Input
            {...control}
            {...form.register('label', {
              required: 'Give the account a name.',
              maxLength: { value: 60, message: 'At most 60 characters.' },
            })}
            placeholder="Paper, trend following"
          />
        )}
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Deposit" aside="100 – 1,000,000" error={errors.deposit?.message}>
          {control => (
            <Input
              {...control}
              {...form.register('deposit', {
                valueAsNumber: true,
                validate: value => (value >= 100 && value <= 1_000_000) || 'Between 100 and 1,000,000.',
              })}
              inputMode="decimal"
              unit="USD"
            />
          )}
        </Field>
        <Field label="Leverage" error={errors.leverage?.message}>
          {control => (
            <Select {...control} {...form.register('leverage', { valueAsNumber: true })}>
              {LEVERAGES.map(value => (
                <option key={value} value={value}>
                  1 : {value}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
      <p className="text-muted text-sm">
        Play money at real prices, from metafleet’s own paper broker. The broker draws up a password; it goes
        sealed into the vault and nobody has to know it.
      </p>
      <RefusalNote text={errors.root?.message} />
      <DialogActions>
        <Button type="submit" variant="primary" isBusy={verb.isPending}>
          Open account
        </Button>
      </DialogActions>
    </form>
  )
}
