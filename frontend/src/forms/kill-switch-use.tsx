import { OctagonX } from 'lucide-react'
import { useState } from 'react'
import { type FieldPath, useForm } from 'react-hook-form'
import { toast } from 'sonner'
import type { KillSwitchForm } from '@/api/kill-switch'
import { newId } from '@/api/terminal-verbs'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'

interface Verb {
  mutate: (body: KillSwitchForm, then: { onSuccess: () => void; onError: (error: unknown) => void }) => void
  isPending: boolean
}

interface Props {
  verb: Verb
  /** What has to be typed. */
  phrase: string
  closesForeign: boolean
  disabledReason: string | undefined
  /** What the button says, as `Flatten 3 accounts`. */
  act: string
}

interface Values {
  reason: string
  confirmation: string
}

const FIRST: FieldPath<Values> = 'reason'

/** The last step before everything is closed: why, and the words that nobody types by mistake. */
export function KillSwitchUseForm({ verb, phrase, closesForeign, disabledReason, act }: Props) {
  const form = useForm<Values>({ defaultValues: { reason: '', confirmation: '' } })
  // Pressed twice, or sent again after a lost answer, it stays one use.
  const [id, setId] = useState(newId)
  const { errors } = form.formState
  const isTyped = form.watch('confirmation').trim() === phrase
  const submit = form.handleSubmit(values =>
    verb.mutate(
      { id, closesForeign, reason: values.reason.trim(), confirmation: values.confirmation.trim() },
      {
        onSuccess: () => {
          toast.success('Every EA is paused and positions are being closed')
          setId(newId())
          form.reset()
        },
        onError: error => showRefusal(form, error),
      },
    ),
  )
  return (
    <form noValidate onSubmit={event => void submit(event)}>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Why" error={errors.reason?.message} hint="Stands in the record and on every paused EA.">
          {control => (
            <Input
              {...control}
              maxLength={200}
              placeholder="Bad fills since 14:00"
              {...form.register(FIRST, { required: 'Say why, for whoever reads the record.' })}
            />
          )}
        </Field>
        <Field
          label={
            <>
              Type <span className="num text-loss">{phrase}</span> to confirm
            </>
          }
          error={errors.confirmation?.message}
        >
          {control => (
            <Input
              {...control}
              autoComplete="off"
              autoCapitalize="characters"
              spellCheck={false}
              {...form.register('confirmation', {
                validate: typed => typed.trim() === phrase || `Type ${phrase}, in capital letters.`,
              })}
            />
          )}
        </Field>
      </div>
      <RefusalNote text={errors.root?.message} />
      <div className="mt-5 flex justify-end">
        <Button
          type="submit"
          variant="danger"
          isBusy={verb.isPending}
          disabledReason={disabledReason ?? (isTyped ? undefined : `Type ${phrase} first.`)}
        >
          <OctagonX /> {act}
        </Button>
      </div>
    </form>
  )
}
