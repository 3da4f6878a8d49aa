import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from 'react-router'
import { toast } from 'sonner'
import { sentenceOf } from '@/api/problem'
import type { Account } from '@/api/records'
import { forgetFleet, removeAccount } from '@/api/verbs'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'

interface Props {
  account: Account
  isOpen: boolean
  onClose: () => void
}

export function AccountRemoveDialog({ account, isOpen, onClose }: Props) {
  const cache = useQueryClient()
  const navigate = useNavigate()
  const verb = useMutation({
    mutationFn: () => removeAccount(account.id),
    onSuccess: async () => {
      await navigate('/accounts', { replace: true })
      cache.removeQueries({ queryKey: ['accounts', account.id] })
      forgetFleet(cache)
      toast.success(`${account.label} is removed`)
    },
  })
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={`Remove ${account.label}?`}>
      <ul className="list-disc space-y-1.5 pl-5 text-muted text-sm marker:text-faint">
        <li>Its password is destroyed. To trade it again you connect it again.</li>
        <li>Its trades stay in the journal.</li>
        {account.openPositions > 0 && (
          <li className="text-warn">
            {account.openPositions} open {account.openPositions === 1 ? 'position stays' : 'positions stay'}{' '}
            at the broker, with nobody here to watch.
          </li>
        )}
      </ul>
      <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Keep it</Button>
        <Button variant="danger" isBusy={verb.isPending} onClick={() => verb.mutate()}>
          Remove account
        </Button>
      </DialogActions>
    </Dialog>
  )
}
