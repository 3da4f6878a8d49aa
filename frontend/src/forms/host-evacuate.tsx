import { useState } from 'react'
import { toast } from 'sonner'
import { evacuateHost, useOperatorVerb } from '@/api/operator-verbs'
import { sentenceOf } from '@/api/problem'
import type { HostDialogProps } from '@/forms/host-drain'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Switch } from '@/ui/switch'

export function HostEvacuateDialog({ host, isOpen, onClose }: HostDialogProps) {
  const [isForced, setForced] = useState(false)
  const verb = useOperatorVerb((evenWithPositions: boolean) => evacuateHost(host.id, evenWithPositions))
  const move = () =>
    verb.mutate(isForced, {
      onSuccess: ({ moved, waiting, homeless }) => {
        const rest = [
          waiting.length > 0 && `${waiting.length} hold positions`,
          homeless > 0 && `for ${homeless} no host has room`,
        ].filter(Boolean)
        const say = moved > 0 || rest.length === 0 ? toast.success : toast.warning
        say([`${moved} EAs are moving`, ...rest].join(' · '))
        onClose()
      },
    })
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title={`Move the EAs of ${host.name} now?`}
      description="Each is stopped here and started at once where there is room; its inputs and its pause go along. Up to twenty at a time."
    >
      <Field
        label="Also those that hold positions"
        hint="Their positions stay open with the stops that the broker has. For the seconds between, nobody manages them."
      >
        {control => <Switch {...control} isOn={isForced} onChange={setForced} />}
      </Field>
      <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Leave them</Button>
        <Button variant={isForced ? 'danger' : 'primary'} isBusy={verb.isPending} onClick={move}>
          Move
        </Button>
      </DialogActions>
    </Dialog>
  )
}
