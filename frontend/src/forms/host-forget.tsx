import { toast } from 'sonner'
import { forgetHost, useOperatorVerb } from '@/api/operator-verbs'
import { sentenceOf } from '@/api/problem'
import type { HostDialogProps } from '@/forms/host-drain'
import { Consequences } from '@/forms/instance-act'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'

export function HostForgetDialog({ host, isOpen, onClose }: HostDialogProps) {
  const verb = useOperatorVerb((id: string) => forgetHost(id))
  const takeOut = () =>
    verb.mutate(host.id, {
      onSuccess: () => {
        toast.success(`${host.name} is taken out`)
        onClose()
      },
    })
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={`Take ${host.name} out?`}>
      <Consequences>
        <li>It is no longer listed, and costs nothing any more in these figures.</li>
        <li>The machine itself is not touched. If it is heard again, it is back.</li>
      </Consequences>
      <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Keep it</Button>
        <Button variant="danger" isBusy={verb.isPending} onClick={takeOut}>
          Take out
        </Button>
      </DialogActions>
    </Dialog>
  )
}
