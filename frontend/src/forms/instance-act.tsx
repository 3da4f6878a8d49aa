import type { ReactNode } from 'react'
import { toast } from 'sonner'
import { sentenceOf } from '@/api/problem'
import type { Instance, InstanceDetail } from '@/api/records'
import { useInstanceVerb } from '@/api/verbs'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'

export interface ActProps {
  instance: Instance
  isOpen: boolean
  onClose: () => void
}

interface Props extends ActProps {
  title: string
  verb: () => Promise<InstanceDetail>
  /** The button's words, and the toast's once the hub has accepted. */
  words: { act: string; done: string }
  isDanger?: boolean
  children: ReactNode
}

/** The frame of a dialog that asks one thing of an instance and says what follows from it. */
export function InstanceActDialog({ isOpen, onClose, title, verb, words, isDanger, children }: Props) {
  const mutation = useInstanceVerb(verb)
  const act = () =>
    mutation.mutate(undefined, {
      onSuccess: () => {
        toast.success(words.done)
        onClose()
      },
    })
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={title}>
      {children}
      <RefusalNote text={mutation.error ? sentenceOf(mutation.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button variant={isDanger ? 'danger' : 'primary'} isBusy={mutation.isPending} onClick={act}>
          {words.act}
        </Button>
      </DialogActions>
    </Dialog>
  )
}

/** What follows, one line each. */
export function Consequences({ children }: { children: ReactNode }) {
  return <ul className="list-disc space-y-1.5 pl-5 text-muted text-sm marker:text-faint">{children}</ul>
}
