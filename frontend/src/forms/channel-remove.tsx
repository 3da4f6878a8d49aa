import { toast } from 'sonner'
import { type Channel, removeChannel, useChannelVerb } from '@/api/channels'
import { sentenceOf } from '@/api/problem'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'

interface Props {
  channel: Channel
  isOpen: boolean
  onClose: () => void
}

export function ChannelRemoveDialog({ channel, isOpen, onClose }: Props) {
  const verb = useChannelVerb((_: null) => removeChannel(channel.id))
  const remove = () =>
    verb.mutate(null, {
      onSuccess: () => {
        toast.success(`${channel.name} is removed`)
        onClose()
      },
    })
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={`Remove ${channel.name}?`}>
      <p className="text-muted text-sm">
        Nobody is told through it any more. Its secrets and its log are destroyed.
      </p>
      <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Keep it</Button>
        <Button variant="danger" isBusy={verb.isPending} onClick={remove}>
          Remove channel
        </Button>
      </DialogActions>
    </Dialog>
  )
}
