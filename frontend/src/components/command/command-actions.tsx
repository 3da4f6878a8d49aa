import { useMutation, useQueryClient } from '@tanstack/react-query'
import { RotateCw, X } from 'lucide-react'
import { useState } from 'react'
import { toast } from 'sonner'
import { canCommand, whyNot } from '@/api/can'
import { sentenceOf } from '@/api/problem'
import type { Command } from '@/api/records'
import { cancelCommand, requeueCommand } from '@/api/terminal-verbs'
import { follow, showCommand } from '@/components/command/send'
import { commandWords, isOrder } from '@/components/command/words'
import { Moment } from '@/components/moment'
import { useMe } from '@/components/session'
import { Consequences } from '@/forms/instance-act'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'

/** What may still be done about a command: call it back, or send it once more. */
export function CommandActions({ command }: { command: Command }) {
  if (command.state === 'queued') return <Cancel command={command} />
  return command.canRequeue ? <Requeue command={command} /> : null
}

function Cancel({ command }: { command: Command }) {
  const me = useMe()
  const cache = useQueryClient()
  const verb = useMutation({
    mutationFn: () => cancelCommand(command.id),
    onSuccess: changed => showCommand(cache, changed),
    onError: error => toast.error(sentenceOf(error)),
    onSettled: () => cache.invalidateQueries({ queryKey: ['commands'] }),
  })
  return (
    <Button
      size="sm"
      variant="ghost"
      isBusy={verb.isPending}
      disabledReason={whyNot(canCommand('cancel', command, me))}
      aria-label={`Cancel: ${commandWords(command)}`}
      onClick={() => verb.mutate()}
    >
      <X /> Cancel
    </Button>
  )
}

function Requeue({ command }: { command: Command }) {
  const me = useMe()
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button
        size="sm"
        disabledReason={whyNot(canCommand('requeue', command, me))}
        aria-label={`Send again: ${commandWords(command)}`}
        onClick={() => setOpen(true)}
      >
        <RotateCw /> Send again
      </Button>
      <Dialog isOpen={isOpen} onClose={() => setOpen(false)} title={`Send again: ${commandWords(command)}?`}>
        <RequeueForm command={command} onClose={() => setOpen(false)} />
      </Dialog>
    </>
  )
}

function RequeueForm({ command, onClose }: { command: Command; onClose: () => void }) {
  const cache = useQueryClient()
  const verb = useMutation({
    mutationFn: () => requeueCommand(command.id),
    onSuccess: changed => {
      showCommand(cache, changed)
      void follow(cache, changed)
      onClose()
    },
  })
  return (
    <>
      <Consequences>
        {isOrder(command) ? (
          <>
            <li className="text-warn">
              It is an order, asked on <Moment at={command.createdAt} />. It is carried out at the price there
              is now, which may be far from the one you had in mind.
            </li>
            <li>It is valid for five minutes more. If no terminal fetches it by then, it is dropped.</li>
            <li>
              If the terminal did carry it out the first time, it sees its own mark and does not do it twice.
            </li>
          </>
        ) : (
          <li>It is put to {command.accountLabel} once more, with three tries.</li>
        )}
      </Consequences>
      <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Leave it</Button>
        <Button
          variant={isOrder(command) ? 'danger' : 'primary'}
          isBusy={verb.isPending}
          onClick={() => verb.mutate()}
        >
          Send again
        </Button>
      </DialogActions>
    </>
  )
}
