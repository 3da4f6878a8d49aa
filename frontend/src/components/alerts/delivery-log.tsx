import { useQuery } from '@tanstack/react-query'
import { type Channel, type Delivery, deliveries, retryDelivery, useChannelVerb } from '@/api/channels'
import { DELIVERY_STATES } from '@/components/alerts/delivery-states'
import { Loaded } from '@/components/loaded'
import { Moment } from '@/components/moment'
import { Badge } from '@/ui/badge'
import { Button } from '@/ui/button'
import { Dialog } from '@/ui/dialog'

interface Props {
  channel: Channel
  reason: string | undefined
  isOpen: boolean
  onClose: () => void
}

export function DeliveryLog({ channel, reason, isOpen, onClose }: Props) {
  const title = `What went through ${channel.name}`
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={title} kind="drawer">
      <Log channel={channel} reason={reason} />
    </Dialog>
  )
}

function Log({ channel, reason }: Pick<Props, 'channel' | 'reason'>) {
  return (
    <Loaded query={useQuery(deliveries(channel.id))}>
      {rows =>
        rows.length === 0 ? (
          <p className="text-muted text-sm">Nothing yet. Send a test.</p>
        ) : (
          <ul className="divide-y divide-line">
            {rows.map(row => (
              <LogRow key={row.id} row={row} reason={reason} />
            ))}
          </ul>
        )
      }
    </Loaded>
  )
}

function LogRow({ row, reason }: { row: Delivery; reason: string | undefined }) {
  const retry = useChannelVerb((_: null) => retryDelivery(row.id))
  const { label, tone } = DELIVERY_STATES[row.state]
  return (
    <li className="space-y-1 py-3">
      <p className="flex flex-wrap items-center gap-1.5 text-ink text-sm">
        <Badge tone={tone}>{label}</Badge> {row.title}
      </p>
      <p className="text-faint text-xs">
        <Moment at={row.sentAt ?? row.createdAt} />, attempt {row.attempt}
        {row.state === 'queued' && row.dueAt && (
          <>
            , next <Moment at={row.dueAt} />
          </>
        )}
      </p>
      {(row.reply || row.error) && (
        <p className="break-words font-mono text-muted text-xs">{row.error || row.reply}</p>
      )}
      {row.state === 'failed' && (
        <Button size="sm" isBusy={retry.isPending} disabledReason={reason} onClick={() => retry.mutate(null)}>
          Try again
        </Button>
      )}
    </li>
  )
}
