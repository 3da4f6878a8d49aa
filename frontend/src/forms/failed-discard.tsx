import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { sentenceOf } from '@/api/problem'
import { discardFailed } from '@/api/terminal-verbs'
import { Consequences } from '@/forms/instance-act'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'

interface Props {
  ids: string[]
  isOpen: boolean
  onClose: () => void
  onDone: () => void
}

export function FailedDiscardDialog({ ids, isOpen, onClose, onDone }: Props) {
  const cache = useQueryClient()
  const verb = useMutation({
    mutationFn: () => discardFailed(ids),
    onSuccess: ({ discarded }) => {
      void cache.invalidateQueries({ queryKey: ['failed-items'] })
      void cache.invalidateQueries({ queryKey: ['accounts'] })
      toast.success(discarded === 1 ? '1 item is discarded' : `${discarded} items are discarded`)
      onDone()
    },
  })
  const many = ids.length === 1 ? '1 item' : `${ids.length} items`
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={`Discard ${many}?`}>
      <Consequences>
        <li>They are gone for good and are not tried again.</li>
        <li>If a terminal sends the same once more, it is looked at anew.</li>
      </Consequences>
      <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Keep them</Button>
        <Button variant="danger" isBusy={verb.isPending} onClick={() => verb.mutate()}>
          Discard {many}
        </Button>
      </DialogActions>
    </Dialog>
  )
}
