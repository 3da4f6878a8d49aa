import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from 'react-router'
import { toast } from 'sonner'
import { sentenceOf } from '@/api/problem'
import { forgetFleet, removeInstance } from '@/api/verbs'
import { type ActProps, Consequences } from '@/forms/instance-act'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'

export function InstanceRemoveDialog({ instance, isOpen, onClose }: ActProps) {
  const cache = useQueryClient()
  const navigate = useNavigate()
  const verb = useMutation({
    mutationFn: () => removeInstance(instance.id),
    onSuccess: async () => {
      await navigate('/', { replace: true })
      cache.removeQueries({ queryKey: ['instances', instance.id] })
      forgetFleet(cache)
      toast.success(`${instance.name} is removed`)
    },
  })
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={`Remove ${instance.name}?`}>
      <Consequences>
        <li>It leaves the fleet, and its place in your plan becomes free.</li>
        <li>
          Its {instance.tradeCount} trades stay in the journal. It cannot be brought back; you deploy it anew.
        </li>
      </Consequences>
      <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Keep it</Button>
        <Button variant="danger" isBusy={verb.isPending} onClick={() => verb.mutate()}>
          Remove
        </Button>
      </DialogActions>
    </Dialog>
  )
}
