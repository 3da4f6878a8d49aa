import { useQuery } from '@tanstack/react-query'
import { ExternalLink, Send } from 'lucide-react'
import { useState } from 'react'
import { toast } from 'sonner'
import { type Channel, useChannelVerb } from '@/api/channels'
import { sentenceOf } from '@/api/problem'
import {
  keepWeeklyReport,
  reportPage,
  sendWeeklyReport,
  type WeeklyReport,
  type WeeklyReportForm,
  weeklyReport,
} from '@/api/weekly-report'
import { Loaded } from '@/components/loaded'
import { Moment } from '@/components/moment'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input, Select } from '@/ui/input'
import { Switch } from '@/ui/switch'

interface Props {
  channel: Channel
  reason: string | undefined
  isOpen: boolean
  onClose: () => void
}

export function WeeklyReportDialog({ channel, reason, isOpen, onClose }: Props) {
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title="Weekly report"
      description={`Each Monday to ${channel.settings.to}: the week’s profit by account, trades, falls, incidents and EAs that were down.`}
    >
      <Report channel={channel} reason={reason} onClose={onClose} />
    </Dialog>
  )
}

function Report({ channel, reason, onClose }: Omit<Props, 'isOpen'>) {
  return (
    <Loaded query={useQuery(weeklyReport(channel.id))}>
      {kept => <ReportForm channel={channel} kept={kept} reason={reason} onClose={onClose} />}
    </Loaded>
  )
}

const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone
const HOURS = Array.from({ length: 24 }, (_, hour) => hour)

function ReportForm({ channel, kept, reason, onClose }: Omit<Props, 'isOpen'> & { kept: WeeklyReport }) {
  const [form, setForm] = useState<Required<WeeklyReportForm>>({
    isOn: kept.isOn,
    hour: kept.hour,
    timezone: kept.isOn ? kept.timezone : HERE,
  })
  const save = useChannelVerb((body: WeeklyReportForm) => keepWeeklyReport(channel.id, body))
  const send = useChannelVerb((_: null) => sendWeeklyReport(channel.id))
  const done = (row: WeeklyReport) => {
    toast.success(row.isOn ? 'The report goes on Mondays' : 'The report is off')
    onClose()
  }
  return (
    <form
      className="space-y-4"
      onSubmit={event => {
        event.preventDefault()
        save.mutate(form, { onSuccess: done })
      }}
    >
      <div className="flex items-center justify-between gap-3 text-ink text-sm">
        <span>
          Send it each Monday
          {kept.nextAt && (
            <span className="block text-faint text-xs">
              Next: <Moment at={kept.nextAt} />
            </span>
          )}
        </span>
        <Switch label="Send it each Monday" isOn={form.isOn} onChange={isOn => setForm({ ...form, isOn })} />
      </div>
      <div className="grid grid-cols-2 gap-4">
        <Field label="At">
          {control => (
            <Select
              {...control}
              value={form.hour}
              onChange={({ target }) => setForm({ ...form, hour: Number(target.value) })}
            >
              {HOURS.map(hour => (
                <option key={hour} value={hour}>
                  {String(hour).padStart(2, '0')}:00
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label="Time zone" hint="The week begins on Monday there.">
          {control => (
            <Input
              {...control}
              value={form.timezone}
              onChange={({ target }) => setForm({ ...form, timezone: target.value })}
            />
          )}
        </Field>
      </div>
      <div className="flex flex-wrap gap-2 border-line border-t pt-4">
        <PageLink week="this" timezone={form.timezone}>
          See this week’s
        </PageLink>
        <PageLink week="last" timezone={form.timezone}>
          See last week’s
        </PageLink>
        <Button size="sm" isBusy={send.isPending} disabledReason={reason} onClick={() => send.mutate(null)}>
          <Send /> Send this week’s now
        </Button>
      </div>
      {send.data && (
        <Callout tone={send.data.state === 'failed' ? 'warn' : 'info'} title={SENT[send.data.state]}>
          <span className="break-words">{send.data.reply || send.data.error}</span>
        </Callout>
      )}
      <RefusalNote text={refusal(save.error ?? send.error)} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={save.isPending} disabledReason={reason}>
          Save
        </Button>
      </DialogActions>
    </form>
  )
}

/** Queued: a worker was quicker, or the mail server did not answer, and it is tried again. */
const SENT = { sent: 'Sent', queued: 'On its way', failed: 'It was not sent' } as const

const refusal = (error: Error | null) => (error ? sentenceOf(error) : undefined)

function PageLink({
  week,
  timezone,
  children,
}: {
  week: 'this' | 'last'
  timezone: string
  children: string
}) {
  return (
    <Button asChild size="sm">
      <a href={reportPage(week, timezone)} target="_blank" rel="noreferrer">
        {children} <ExternalLink aria-label="in a new tab" />
      </a>
    </Button>
  )
}
