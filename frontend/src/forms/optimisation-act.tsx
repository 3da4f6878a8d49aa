import { toast } from 'sonner'
import {
  cancelOptimisation,
  deleteOptimisation,
  type Optimisation,
  useOptimisationVerb,
} from '@/api/optimisations'
import { sentenceOf } from '@/api/problem'
import { Consequences } from '@/forms/instance-act'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'

interface Props {
  row: Optimisation
  isOpen: boolean
  onClose: () => void
}

export function OptimisationCancelDialog({ row, isOpen, onClose }: Props) {
  const verb = useOptimisationVerb(() => cancelOptimisation(row.id))
  const cancel = () =>
    verb.mutate(undefined, {
      onSuccess: () => {
        toast.success('The optimisation is cancelled')
        onClose()
      },
    })
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title="Cancel this optimisation?">
      <Consequences>
        <li>It ends at once, without a report.</li>
        <li>What was tried is kept until you delete it: asked for again, it goes on from there.</li>
      </Consequences>
      <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Let it run</Button>
        <Button variant="danger" isBusy={verb.isPending} onClick={cancel}>
          Cancel it
        </Button>
      </DialogActions>
    </Dialog>
  )
}

export function OptimisationDeleteDialog({
  row,
  isOpen,
  onClose,
  onDeleted,
}: Props & { onDeleted: () => void }) {
  const verb = useOptimisationVerb(() => deleteOptimisation(row.id))
  const remove = () =>
    verb.mutate(undefined, {
      onSuccess: () => {
        toast.success('The optimisation is deleted')
        onDeleted()
      },
    })
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title="Delete this optimisation?">
      <Consequences>
        <li>Its report and its tries are gone for good. Take them along as a file first.</li>
        <li>EAs that were deployed with its inputs go on as they are.</li>
      </Consequences>
      <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Keep it</Button>
        <Button variant="danger" isBusy={verb.isPending} onClick={remove}>
          Delete
        </Button>
      </DialogActions>
    </Dialog>
  )
}
