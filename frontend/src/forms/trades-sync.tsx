import { sentenceOf } from '@/api/problem'
import type { Account } from '@/api/records'
import { useAskTerminal } from '@/components/command/send'
import { Consequences } from '@/forms/instance-act'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'

interface Props {
  account: Account
  isOpen: boolean
  onClose: () => void
}

export function TradesSyncDialog({ account, isOpen, onClose }: Props) {
  const verb = useAskTerminal(account)
  const send = () => verb.mutate({ type: 'SYNC_TRADES', payload: {} }, { onSuccess: onClose })
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={`Send the trades of ${account.label} again?`}>
      <Consequences>
        <li>The terminal sends every deal of its history once more, oldest first.</li>
        <li>What is known already is passed over: nothing is counted twice, and notes and tags stay.</li>
        <li>For when the journal lacks something, as after a time without the terminal.</li>
      </Consequences>
      <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="primary" isBusy={verb.isPending} onClick={send}>
          Send again
        </Button>
      </DialogActions>
    </Dialog>
  )
}
