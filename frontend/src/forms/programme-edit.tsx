import { Plus } from 'lucide-react'
import { type Path, type UseFormReturn, useFieldArray, useForm } from 'react-hook-form'
import { toast } from 'sonner'
import { ApiError, sentenceOf } from '@/api/problem'
import {
  addProgramme,
  changeProgramme,
  type Programme,
  type ShippedProgramme,
  useProgrammeVerb,
} from '@/api/programmes'
import { PhaseFields } from '@/forms/programme-phase'
import { emptyPhase, emptyTerms, fieldOf, type TermsText, termsOf, textOf } from '@/forms/programme-terms'
import { RefusalNote } from '@/forms/refusal'
import { ZoneField, zoneRule } from '@/forms/zone-field'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'

interface Props {
  /** Change this one. */
  programme?: Programme
  /** Begin with the terms of this one. */
  copied?: ShippedProgramme
  isOpen: boolean
  onClose: () => void
}

export function ProgrammeDialog(props: Props) {
  const { programme, copied, isOpen, onClose } = props
  const title = programme
    ? `Change ${programme.terms.name}`
    : copied
      ? 'Copy a programme'
      : 'Make a programme'
  const inside = programme?.accounts
    ? ` They hold for ${programme.accounts === 1 ? 'the account' : `all ${programme.accounts} accounts`} in it, at once.`
    : ''
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title={title}
      description={`Write the terms as your firm’s page has them: that page is what counts.${inside}`}
      isWide
    >
      <EditForm {...props} />
    </Dialog>
  )
}

const MOST_PHASES = 20

function EditForm({ programme, copied, onClose }: Props) {
  const given = programme?.terms ?? copied?.terms
  const form = useForm<TermsText>({ defaultValues: given ? textOf(given) : emptyTerms })
  const phases = useFieldArray({ control: form.control, name: 'phases' })
  const save = useProgrammeVerb((text: TermsText) =>
    programme
      ? changeProgramme(programme.id, termsOf(text))
      : addProgramme({ origin: copied?.key ?? '', terms: termsOf(text) }),
  )
  const submit = form.handleSubmit(text =>
    save.mutate(text, {
      onSuccess: made => {
        toast.success(`${made.terms.firm} ${made.terms.name} is kept`)
        onClose()
      },
      onError: error => place(form, error),
    }),
  )
  return (
    <form noValidate onSubmit={event => void submit(event)} className="space-y-4">
      <HeadFields form={form} />
      {phases.fields.map((row, at) => (
        <PhaseFields
          key={row.id}
          form={form}
          at={at}
          onRemove={phases.fields.length > 1 ? () => phases.remove(at) : undefined}
        />
      ))}
      <Button
        size="sm"
        disabledReason={phases.fields.length >= MOST_PHASES ? `At most ${MOST_PHASES} phases.` : undefined}
        onClick={() => phases.append(emptyPhase)}
      >
        <Plus /> Add a phase
      </Button>
      <RefusalNote text={form.formState.errors.root?.message} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={save.isPending}>
          {programme ? 'Save' : 'Keep programme'}
        </Button>
      </DialogActions>
    </form>
  )
}

function HeadFields({ form }: { form: UseFormReturn<TermsText> }) {
  const { errors } = form.formState
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Firm" error={errors.firm?.message}>
          {control => (
            <Input
              {...control}
              {...form.register('firm', { validate: text => text.trim() !== '' || 'Name the firm.' })}
              maxLength={60}
            />
          )}
        </Field>
        <Field label="Programme" error={errors.name?.message}>
          {control => (
            <Input
              {...control}
              {...form.register('name', { validate: text => text.trim() !== '' || 'Name the programme.' })}
              maxLength={60}
            />
          )}
        </Field>
      </div>
      <div className="grid gap-4 sm:grid-cols-[1fr_10rem]">
        <ZoneField
          label="Whose midnight counts"
          hint="The firm’s clock, summer and winter. Daily limits begin anew by it."
          placeholder="Europe/Prague"
          value={form.watch('timezone')}
          error={errors.timezone?.message}
          control={form.register('timezone', zoneRule)}
        />
        <Field label="Day begins at" error={errors.dayStarts?.message}>
          {control => (
            <Input
              {...control}
              {...form.register('dayStarts', { required: 'As 00:00 or 17:00.' })}
              type="time"
            />
          )}
        </Field>
      </div>
    </>
  )
}

/** Show a refusal at its fields, and what belongs to none above the buttons. */
function place(form: UseFormReturn<TermsText>, error: unknown): void {
  const faults = error instanceof ApiError ? error.problem.errors : []
  const known = faults.filter(fault => isField(form, fault.pointer))
  for (const { pointer, detail } of known)
    form.setError(fieldOf(pointer) as Path<TermsText>, { message: detail })
  const [first] = known
  if (first) form.setFocus(fieldOf(first.pointer) as Path<TermsText>)
  else form.setError('root', { message: sentenceOf(error) })
}

const isField = (form: UseFormReturn<TermsText>, pointer: string): boolean =>
  typeof form.getValues(fieldOf(pointer) as Path<TermsText>) === 'string'
