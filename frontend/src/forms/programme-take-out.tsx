import { toast } from 'sonner'
import { sentenceOf } from '@/api/problem'
import { type Member, type Programme, takeOut, useProgrammeVerb } from '@/api/programmes'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'

interface Props {
  programme: Programme
  row: Pick<Member, 'accountId' | 'label'>
  isOpen: boolean
  onClose: () => void
}

export function ProgrammeTakeOutDialog({ programme, row, isOpen, onClose }: Props) {
  const verb = useProgrammeVerb((_: null) => takeOut(programme.id, [row.accountId]))
  const submit = () =>
    verb.mutate(null, {
      onSuccess: () => {
        toast.success(`${row.label} is out of the programme`)
        onClose()
      },
    })
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={`Take ${row.label} out?`}>
      <p className="text-muted text-sm">
        No programme judges it any more: nobody is warned, and nothing is paused or closed by its limits.
        Rules go on.
      </p>
      <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Leave it in</Button>
        <Button variant="danger" isBusy={verb.isPending} onClick={submit}>
          Take it out
        </Button>
      </DialogActions>
    </Dialog>
  )
}
