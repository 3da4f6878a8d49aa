import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { toast } from 'sonner'
import { sentenceOf } from '@/api/problem'
import type { Account, Terminal } from '@/api/records'
import { forgetAccount } from '@/api/terminal-queries'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'

export interface TerminalActProps {
  account: Account
  terminal: Terminal
  isOpen: boolean
  onClose: () => void
}

interface Props extends TerminalActProps {
  title: string
  verb: () => Promise<unknown>
  words: { act: string; keep: string; done: string }
  children: ReactNode
}

/** The frame of a dialog that ends something of a terminal, and says first what follows. */
export function TerminalActDialog({ account, isOpen, onClose, title, verb, words, children }: Props) {
  const cache = useQueryClient()
  const mutation = useMutation({
    mutationFn: verb,
    onSuccess: () => {
      forgetAccount(cache, account.id)
      toast.success(words.done)
      onClose()
    },
  })
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={title}>
      {children}
      <RefusalNote text={mutation.error ? sentenceOf(mutation.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>{words.keep}</Button>
        <Button variant="danger" isBusy={mutation.isPending} onClick={() => mutation.mutate()}>
          {words.act}
        </Button>
      </DialogActions>
    </Dialog>
  )
}
