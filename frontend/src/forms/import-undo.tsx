import { useMutation, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { sentenceOf } from '@/api/problem'
import type { Import } from '@/api/terminal-records'
import { undoImport } from '@/api/terminal-verbs'
import { forgetImports } from '@/components/import/forget'
import { Consequences } from '@/forms/instance-act'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'

interface Props {
  found: Import
  isOpen: boolean
  onClose: () => void
}

export function ImportUndoDialog({ found, isOpen, onClose }: Props) {
  const cache = useQueryClient()
  const verb = useMutation({
    mutationFn: () => undoImport(found.id),
    onSuccess: undone => {
      cache.setQueryData(['imports', 'one', found.id], undone)
      forgetImports(cache, found.accountId)
      toast.success('The import is undone', { description: found.fileName })
      onClose()
    },
  })
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={`Undo the import of ${found.fileName}?`}>
      <Consequences>
        <li>Deals that only this import brought leave the journal, and the trades made of them.</li>
        <li>Deals that a terminal or another file has brought as well stay.</li>
        <li>The file can be imported again at any time.</li>
      </Consequences>
      <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Keep it</Button>
        <Button variant="danger" isBusy={verb.isPending} onClick={() => verb.mutate()}>
          Undo import
        </Button>
      </DialogActions>
    </Dialog>
  )
}
