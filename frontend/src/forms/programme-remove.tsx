import { toast } from 'sonner'
import { sentenceOf } from '@/api/problem'
import { type Programme, removeProgramme, useProgrammeVerb } from '@/api/programmes'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'

interface Props {
  programme: Programme
  isOpen: boolean
  onClose: () => void
}

export function ProgrammeRemoveDialog({ programme, isOpen, onClose }: Props) {
  const verb = useProgrammeVerb((_: null) => removeProgramme(programme.id))
  const { firm, name } = programme.terms
  const remove = () =>
    verb.mutate(null, {
      onSuccess: () => {
        toast.success(`${firm} ${name} is removed`)
        onClose()
      },
    })
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={`Remove ${firm} ${name}?`}>
      <p className="text-muted text-sm">Its terms are gone then. No account is in it.</p>
      <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Keep it</Button>
        <Button variant="danger" isBusy={verb.isPending} onClick={remove}>
          Remove programme
        </Button>
      </DialogActions>
    </Dialog>
  )
}
