import { useForm } from 'react-hook-form'
import { toast } from 'sonner'
import type { Host } from '@/api/operator-records'
import { drainHost, useOperatorVerb } from '@/api/operator-verbs'
import { Consequences } from '@/forms/instance-act'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'

export interface HostDialogProps {
  host: Host
  isOpen: boolean
  onClose: () => void
}

export function HostDrainDialog({ host, isOpen, onClose }: HostDialogProps) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={`Drain ${host.name}?`}>
      <DrainForm host={host} onClose={onClose} />
    </Dialog>
  )
}

function DrainForm({ host, onClose }: Omit<HostDialogProps, 'isOpen'>) {
  const form = useForm({ defaultValues: { reason: '' } })
  const verb = useOperatorVerb((reason: string) => drainHost(host.id, reason))
  const done = () => {
    toast.success(`${host.name} is being drained`)
    onClose()
  }
  const submit = form.handleSubmit(({ reason }) =>
    verb.mutate(reason, { onSuccess: done, onError: error => showRefusal(form, error) }),
  )
  const { errors } = form.formState
  return (
    <form noValidate onSubmit={event => void submit(event)}>
      <Consequences>
        <li>No EA is placed on it any more.</li>
        <li>
          {host.eas === 0
            ? 'Nothing is on it.'
            : `Its ${host.eas} EAs move to other hosts with room, each as soon as its account holds no position.`}
        </li>
        <li>You can take it back at any time.</li>
      </Consequences>
      <Field label="Why" hint="Shown beside the host." error={errors.reason?.message} className="mt-4">
        {control => (
          <Input
            {...control}
            {...form.register('reason', { maxLength: { value: 300, message: 'At most 300 characters.' } })}
            placeholder="New kernel"
          />
        )}
      </Field>
      <RefusalNote text={errors.root?.message} />
      <DialogActions>
        <Button onClick={onClose}>Keep it active</Button>
        <Button type="submit" variant="primary" isBusy={verb.isPending}>
          Drain
        </Button>
      </DialogActions>
    </form>
  )
}
