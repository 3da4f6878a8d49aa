import type { ReactNode } from 'react'
import { toast } from 'sonner'
import { type Machine, useMachineVerb } from '@/api/machines'
import { sentenceOf } from '@/api/problem'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'

export interface MachineDialogProps {
  machine: Machine
  isOpen: boolean
  onClose: () => void
}

interface Props extends Omit<MachineDialogProps, 'machine'> {
  title: string
  verb: () => Promise<unknown>
  words: { act: string; keep: string; done: string }
  onDone?: (() => void) | undefined
  children: ReactNode
}

/** The frame of a dialog that ends something of a machine, and says first what follows. */
export function MachineActDialog({ isOpen, onClose, title, verb, words, onDone, children }: Props) {
  const mutation = useMachineVerb(verb)
  const act = () =>
    mutation.mutate(undefined, {
      onSuccess: () => {
        toast.success(words.done)
        onClose()
        onDone?.()
      },
    })
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={title}>
      {children}
      <RefusalNote text={mutation.error ? sentenceOf(mutation.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>{words.keep}</Button>
        <Button variant="danger" isBusy={mutation.isPending} onClick={act}>
          {words.act}
        </Button>
      </DialogActions>
    </Dialog>
  )
}
