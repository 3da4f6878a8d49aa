import { useQuery } from '@tanstack/react-query'
import { BellRing, CalendarDays, Pencil, Plus, Send, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { canWith, whyNot } from '@/api/can'
import { type Channel, channels, testChannel, useChannelVerb } from '@/api/channels'
import { sentenceOf } from '@/api/problem'
import { DeliveryLog } from '@/components/alerts/delivery-log'
import { Loaded } from '@/components/loaded'
import { Ago } from '@/components/moment'
import { useMe } from '@/components/session'
import { ChannelDialog } from '@/forms/channel-edit'
import { ChannelRemoveDialog } from '@/forms/channel-remove'
import { RefusalNote } from '@/forms/refusal'
import { WeeklyReportDialog } from '@/forms/weekly-report'
import { Badge } from '@/ui/badge'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'
import { Card } from '@/ui/card'
import { EmptyState } from '@/ui/empty-state'

export default function ChannelsPage() {
  const reason = whyNot(canWith('admin', useMe()))
  const [isAdding, setAdding] = useState(false)
  return (
    <>
      <Card
        title="Channels"
        hint="Where people are told of incidents."
        bodyClassName="p-0"
        actions={
          <Button variant="primary" size="sm" disabledReason={reason} onClick={() => setAdding(true)}>
            <Plus /> Add a channel
          </Button>
        }
      >
        <Loaded query={useQuery(channels())}>
          {rows =>
            rows.length === 0 ? (
              <EmptyState icon={BellRing} title="Nobody is told yet">
                Add a channel, then send a test through it.
              </EmptyState>
            ) : (
              <ul className="divide-y divide-line">
                {rows.map(row => (
                  <ChannelRow key={row.id} row={row} reason={reason} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </Card>
      <ChannelDialog isOpen={isAdding} onClose={() => setAdding(false)} />
    </>
  )
}

function ChannelRow({ row, reason }: { row: Channel; reason: string | undefined }) {
  const [open, setOpen] = useState<'log' | 'edit' | 'remove' | 'report' | null>(null)
  const test = useChannelVerb((_: null) => testChannel(row.id))
  const close = () => setOpen(null)
  return (
    <li className="space-y-2 px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-56">
          <p className="flex flex-wrap items-center gap-1.5 font-medium text-ink text-sm">
            <span className="truncate">{row.name}</span> <Badge>{row.kindTitle}</Badge>
            {row.isEnabled ? <Badge tone="profit">Working</Badge> : <Badge tone="loss">Switched off</Badge>}
          </p>
          <p className="truncate text-faint text-xs">{about(row)}</p>
          <p className="text-faint text-xs">
            {row.last ? (
              <>
                Last: {row.last.title}, {row.last.state} <Ago at={row.last.createdAt} />
              </>
            ) : (
              'Nothing went through it yet.'
            )}
          </p>
        </div>
        <div className="flex flex-wrap gap-2">
          <Button size="sm" isBusy={test.isPending} disabledReason={reason} onClick={() => test.mutate(null)}>
            <Send /> Test
          </Button>
          <Button size="sm" onClick={() => setOpen('log')}>
            Log
          </Button>
          {row.kind === 'email' && (
            <Button size="sm" onClick={() => setOpen('report')}>
              <CalendarDays /> Weekly report
            </Button>
          )}
          <Button
            size="sm"
            aria-label={`Edit ${row.name}`}
            disabledReason={reason}
            onClick={() => setOpen('edit')}
          >
            <Pencil />
          </Button>
          <Button
            size="sm"
            aria-label={`Remove ${row.name}`}
            disabledReason={reason}
            onClick={() => setOpen('remove')}
          >
            <Trash2 />
          </Button>
        </div>
      </div>
      {!row.isEnabled && row.disabledReason && !test.data && (
        <Callout tone="warn" title="Switched off, because its receiver refused for good">
          <span className="break-words">{row.disabledReason}</span> Mend it with Edit; a test that arrives
          switches it on again.
        </Callout>
      )}
      {test.data && (
        <Callout
          tone={test.data.state === 'sent' ? 'info' : 'warn'}
          title={test.data.state === 'sent' ? 'The test arrived' : 'The test did not arrive'}
        >
          <span className="break-words font-mono text-xs">{test.data.reply || test.data.error}</span>
        </Callout>
      )}
      <RefusalNote text={test.error ? sentenceOf(test.error) : undefined} />
      <DeliveryLog channel={row} reason={reason} isOpen={open === 'log'} onClose={close} />
      <ChannelDialog channel={row} isOpen={open === 'edit'} onClose={close} />
      <WeeklyReportDialog channel={row} reason={reason} isOpen={open === 'report'} onClose={close} />
      <ChannelRemoveDialog channel={row} isOpen={open === 'remove'} onClose={close} />
    </li>
  )
}

const LEAST = { info: 'Everything', warning: 'Warnings and critical', critical: 'Critical only' } as const

function about(row: Channel): string {
  const quiet =
    row.quietFrom && row.quietTo
      ? `quiet ${row.quietFrom.slice(0, 5)} to ${row.quietTo.slice(0, 5)} ${row.timezone}`
      : ''
  const least = row.isForEscalation ? `${LEAST[row.minSeverity]}, once escalated` : LEAST[row.minSeverity]
  return [least, ...Object.values(row.settings), quiet].filter(Boolean).join(' · ')
}
