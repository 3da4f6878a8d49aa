import { useForm } from 'react-hook-form'
import { toast } from 'sonner'
import { placeErrors } from '@/api/problem'
import type { InstanceDetail } from '@/api/records'
import { configureInstance, useInstanceVerb } from '@/api/verbs'
import { InputFields } from '@/forms/input-fields'
import { type Draft, draftOf, fieldsOf, valuesOf } from '@/forms/inputs'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'

interface Props {
  instance: InstanceDetail
  isOpen: boolean
  onClose: () => void
}

export function InstanceConfigureDialog({ instance, isOpen, onClose }: Props) {
  const isAlive = instance.state === 'running' || instance.state === 'paused'
  return (
    <Dialog
      isWide
      isOpen={isOpen}
      onClose={onClose}
      title={`Inputs of ${instance.name}`}
      description={
        isAlive
          ? 'The running EA takes them over at once. Open positions keep the stops that they have.'
          : 'They count from its next start.'
      }
    >
      <ConfigureForm instance={instance} onClose={onClose} />
    </Dialog>
  )
}

function ConfigureForm({ instance, onClose }: Omit<Props, 'isOpen'>) {
  const fields = fieldsOf(instance.inputSchema)
  const form = useForm<Draft>({ defaultValues: draftOf(fields, instance.inputs), mode: 'onTouched' })
  const verb = useInstanceVerb((draft: Draft) => configureInstance(instance.id, valuesOf(fields, draft)))
  const done = () => {
    toast.success('Inputs are saved')
    onClose()
  }
  const submit = form.handleSubmit(draft =>
    verb.mutate(draft, { onSuccess: done, onError: error => showInputFaults(form, fields, error) }),
  )
  return (
    <form noValidate onSubmit={event => void submit(event)}>
      <InputFields fields={fields} form={form} />
      <RefusalNote text={form.formState.errors.root?.message} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          type="submit"
          variant="primary"
          isBusy={verb.isPending}
          disabledReason={form.formState.isDirty ? undefined : 'Nothing is changed yet.'}
        >
          Save inputs
        </Button>
      </DialogActions>
    </form>
  )
}

function showInputFaults(
  form: ReturnType<typeof useForm<Draft>>,
  fields: readonly { name: string }[],
  error: unknown,
): void {
  const names = fields.map(field => field.name)
  const placed = placeErrors(error, names, '/inputs')
  for (const [name, message] of Object.entries(placed.fields)) form.setError(name, { message })
  const first = names.find(name => placed.fields[name])
  if (first) form.setFocus(first)
  if (placed.rest) form.setError('root', { message: placed.rest })
}
