import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import {
  addChannel,
  type Channel,
  type ChannelForm,
  type ChannelKind,
  changeChannel,
  channelKinds,
  useChannelVerb,
} from '@/api/channels'
import { sentenceOf } from '@/api/problem'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'
import { Copyable } from '@/ui/copyable'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input, Select } from '@/ui/input'
import { Switch } from '@/ui/switch'

interface Props {
  /** None: a new one. */
  channel?: Channel
  isOpen: boolean
  onClose: () => void
}

export function ChannelDialog({ channel, isOpen, onClose }: Props) {
  const title = channel ? `Edit ${channel.name}` : 'Add a channel'
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={title}>
      <EditForm channel={channel} onClose={onClose} />
    </Dialog>
  )
}

const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone

const emptyForm: ChannelForm = {
  name: '',
  settings: {},
  minSeverity: 'info',
  isForEscalation: false,
  quietFrom: null,
  quietTo: null,
  timezone: HERE,
}

function formOf(row: Channel): ChannelForm {
  const { name, settings, minSeverity, isForEscalation, quietFrom, quietTo, timezone } = row
  return { name, settings, minSeverity, isForEscalation, quietFrom, quietTo, timezone }
}

function EditForm({ channel, onClose }: { channel: Channel | undefined; onClose: () => void }) {
  const kinds = useQuery(channelKinds())
  const [chosen, setKind] = useState(channel?.kind ?? 'webhook')
  const [form, setForm] = useState(channel ? formOf(channel) : emptyForm)
  const save = useChannelVerb(
    async (body: ChannelForm): Promise<Record<string, string>> =>
      channel
        ? changeChannel(channel.id, body).then(() => ({}))
        : addChannel({ ...body, kind: chosen }).then(row => row.made),
  )
  const kind = kinds.data?.find(one => one.kind === chosen)
  const change = (part: Partial<ChannelForm>) => setForm({ ...form, ...part })
  const made = Object.values(save.data ?? {})[0]
  if (made) return <Made secret={made} onClose={onClose} />
  return (
    <form
      className="space-y-4"
      onSubmit={event => {
        event.preventDefault()
        save.mutate(form, { onSuccess: answer => Object.keys(answer).length === 0 && onClose() })
      }}
    >
      {!channel && (
        <Field label="Kind" hint={kind?.note}>
          {control => (
            <Select
              {...control}
              value={chosen}
              onChange={({ target }) => {
                setKind(target.value)
                change({ settings: {} })
              }}
            >
              {kinds.data?.map(one => (
                <option key={one.kind} value={one.kind}>
                  {one.title}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
      <Field label="Name" hint="How your people know it, as “Night desk”.">
        {control => (
          <Input
            {...control}
            value={form.name}
            maxLength={60}
            onChange={({ target }) => change({ name: target.value })}
          />
        )}
      </Field>
      {kind && <KindFields kind={kind} isNew={!channel} form={form} onChange={change} />}
      <WhenFields form={form} onChange={change} />
      <RefusalNote text={save.error ? sentenceOf(save.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          type="submit"
          variant="primary"
          isBusy={save.isPending}
          disabledReason={form.name.trim() === '' ? 'Give it a name.' : undefined}
        >
          {channel ? 'Save' : 'Add channel'}
        </Button>
      </DialogActions>
    </form>
  )
}

interface PartProps {
  form: ChannelForm
  onChange: (part: Partial<ChannelForm>) => void
}

/** What this kind asks for. A secret that is kept is not shown; empty, it stays. */
function KindFields({ kind, isNew, form, onChange }: PartProps & { kind: ChannelKind; isNew: boolean }) {
  const settings = form.settings ?? {}
  return kind.fields.map(field => (
    <Field
      key={field.name}
      label={field.title}
      hint={field.isSecret && !isNew ? 'Kept, and not shown. Type to replace it.' : field.description}
    >
      {control => (
        <Input
          {...control}
          type={field.isSecret ? 'password' : 'text'}
          autoComplete="off"
          value={settings[field.name] ?? ''}
          onChange={({ target }) => {
            const { [field.name]: _, ...rest } = settings
            onChange({ settings: target.value ? { ...rest, [field.name]: target.value } : rest })
          }}
        />
      )}
    </Field>
  ))
}

function WhenFields({ form, onChange }: PartProps) {
  return (
    <>
      <Field label="Tell of">
        {control => (
          <Select
            {...control}
            value={form.minSeverity}
            onChange={({ target }) =>
              onChange({ minSeverity: target.value as NonNullable<ChannelForm['minSeverity']> })
            }
          >
            <option value="info">Everything</option>
            <option value="warning">Warnings and critical</option>
            <option value="critical">Critical only</option>
          </Select>
        )}
      </Field>
      <div className="flex items-center justify-between gap-3 text-ink text-sm">
        Only what nobody has acknowledged in time
        <Switch
          label="Only what is escalated"
          isOn={form.isForEscalation ?? false}
          onChange={isForEscalation => onChange({ isForEscalation })}
        />
      </div>
      <div className="grid grid-cols-2 gap-4">
        <Field label="Quiet from" hint={`What is not critical waits. ${form.timezone}`}>
          {control => (
            <Input
              {...control}
              type="time"
              value={form.quietFrom?.slice(0, 5) ?? ''}
              onChange={({ target }) => onChange({ quietFrom: target.value || null })}
            />
          )}
        </Field>
        <Field label="Quiet to">
          {control => (
            <Input
              {...control}
              type="time"
              value={form.quietTo?.slice(0, 5) ?? ''}
              onChange={({ target }) => onChange({ quietTo: target.value || null })}
            />
          )}
        </Field>
      </div>
    </>
  )
}

function Made({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <>
      <Callout tone="warn" title="Copy the signing secret now: it is shown this once.">
        <Copyable text={secret} label="the signing secret" />
      </Callout>
      <DialogActions>
        <Button variant="primary" onClick={onClose}>
          I have copied it
        </Button>
      </DialogActions>
    </>
  )
}
