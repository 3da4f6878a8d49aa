import { useForm } from 'react-hook-form'
import { toast } from 'sonner'
import { renameMachine, useMachineVerb } from '@/api/machines'
import type { MachineDialogProps } from '@/forms/machine-act'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'

export function MachineRenameDialog({ machine, isOpen, onClose }: MachineDialogProps) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title="Rename machine">
      <RenameForm machine={machine} onClose={onClose} />
    </Dialog>
  )
}

function RenameForm({ machine, onClose }: Omit<MachineDialogProps, 'isOpen'>) {
  const form = useForm({ defaultValues: { label: machine.label } })
  const verb = useMachineVerb((label: string) => renameMachine(machine.id, label))
  const done = () => {
    toast.success('Renamed')
    onClose()
  }
  const submit = form.handleSubmit(({ label }) =>
    verb.mutate(label, { onSuccess: done, onError: error => showRefusal(form, error) }),
  )
  const { errors } = form.formState
  return (
    <form noValidate onSubmit={event => void submit(event)}>
      <Field
        label="Name"
        error={errors.label?.message}
        hint={`It calls itself ${machine.name || 'nothing'}; that stays.`}
      >
        {control => <Input {...control} {...form.register('label', MACHINE_NAME)} />}
      </Field>
      <RefusalNote text={errors.root?.message} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={verb.isPending}>
          Rename
        </Button>
      </DialogActions>
    </form>
  )
}

/** What a machine may be called. */
export const MACHINE_NAME = {
  required: 'Give the machine a name.',
  maxLength: { value: 60, message: 'At most 60 characters.' },
}
