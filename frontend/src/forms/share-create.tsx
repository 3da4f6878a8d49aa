import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ExternalLink } from 'lucide-react'
import { type ReactNode, useId } from 'react'
import { Controller, useForm } from 'react-hook-form'
import { canJournal, whyNot } from '@/api/can'
import type { ShareForm as Form, NewShare } from '@/api/journal-records'
import { createShare } from '@/api/journal-verbs'
import { useMe } from '@/components/session'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'
import { Copyable } from '@/ui/copyable'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'
import { Switch } from '@/ui/switch'

const TITLE_LENGTH = 80

export function ShareForm({ accountId }: { accountId: string }) {
  const cache = useQueryClient()
  const refused = whyNot(canJournal('share', useMe()))
  const form = useForm<Form>({ defaultValues: { title: '', showsMoney: false, showsOpen: false } })
  const verb = useMutation({
    mutationFn: (values: Form) => createShare(accountId, values),
    onSuccess: () => {
      form.reset()
      return cache.invalidateQueries({ queryKey: ['accounts', accountId, 'shares'] })
    },
    onError: error => showRefusal(form, error),
  })
  const { errors } = form.formState
  return (
    <form noValidate onSubmit={event => void form.handleSubmit(values => verb.mutate(values))(event)}>
      <Field label="Title of the page" error={errors.title?.message} hint="Everybody with the link reads it.">
        {control => (
          <Input
            {...control}
            {...form.register('title')}
            maxLength={TITLE_LENGTH}
            placeholder="Trend following, 2026"
          />
        )}
      </Field>
      <div className="mt-3 divide-y divide-line rounded-lg border border-line">
        <Controller
          name="showsMoney"
          control={form.control}
          render={({ field }) => (
            <Choice isOn={field.value ?? false} onChange={field.onChange} label="Show money">
              Amounts and lots. Without it there are percentages alone.
            </Choice>
          )}
        />
        <Controller
          name="showsOpen"
          control={form.control}
          render={({ field }) => (
            <Choice isOn={field.value ?? false} onChange={field.onChange} label="Show open positions">
              What is held right now. Without it trades appear once they are closed.
            </Choice>
          )}
        />
      </div>
      <RefusalNote text={errors.root?.message} />
      {verb.data && <Made share={verb.data} />}
      <div className="mt-4 flex justify-end">
        <Button type="submit" variant="primary" isBusy={verb.isPending} disabledReason={refused}>
          Create link
        </Button>
      </div>
    </form>
  )
}

function Made({ share }: { share: NewShare }) {
  const url = new URL(share.url, location.origin).href
  return (
    <Callout
      title="The link is ready. Copy it now: it is shown this once."
      className="mt-4"
      action={
        <Button asChild size="sm" variant="ghost">
          <a href={url} target="_blank" rel="noreferrer">
            <ExternalLink /> Open
          </a>
        </Button>
      }
    >
      <span className="mt-1 block">
        <Copyable text={url} label="link" />
      </span>
    </Callout>
  )
}

interface ChoiceProps {
  isOn: boolean
  onChange: (isOn: boolean) => void
  label: string
  children: ReactNode
}

function Choice({ isOn, onChange, label, children }: ChoiceProps) {
  const id = useId()
  return (
    <div className="flex items-center gap-4 px-3 py-2.5">
      <label htmlFor={id} className="min-w-0 flex-1 text-sm">
        <span className="block font-medium">{label}</span>
        <span className="block text-faint text-xs">{children}</span>
      </label>
      <Switch id={id} isOn={isOn} onChange={onChange} />
    </div>
  )
}
