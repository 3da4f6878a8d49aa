import { toast } from 'sonner'
import type { ScalingGroup } from '@/api/operator-records'
import { removeGroup, useOperatorVerb } from '@/api/operator-verbs'
import { sentenceOf } from '@/api/problem'
import { Consequences } from '@/forms/instance-act'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'

interface Props {
  group: ScalingGroup
  isOpen: boolean
  onClose: () => void
}

export function GroupRemoveDialog({ group, isOpen, onClose }: Props) {
  const verb = useOperatorVerb((id: string) => removeGroup(id))
  const remove = () =>
    verb.mutate(group.id, {
      onSuccess: () => {
        toast.success(`${group.name} is removed`)
        onClose()
      },
    })
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={`Remove ${group.name}?`}>
      <Consequences>
        <li>Nothing of it is scaled any more, and its decisions are removed from the list.</li>
        <li>A group that still has hosts is not removed: its machines would run on and cost.</li>
      </Consequences>
      <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Keep it</Button>
        <Button variant="danger" isBusy={verb.isPending} onClick={remove}>
          Remove
        </Button>
      </DialogActions>
    </Dialog>
  )
}
