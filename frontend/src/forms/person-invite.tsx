import { useForm } from 'react-hook-form'
import { invite, type Role, usePeopleVerb } from '@/api/people'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'
import { Copyable } from '@/ui/copyable'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input, Select } from '@/ui/input'

export function InviteDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title="Invite somebody"
      description="They join by a link that works once, within seven days."
    >
      <InviteForm onClose={onClose} />
    </Dialog>
  )
}

export function LinkNote({ url }: { url: string }) {
  return (
    <Callout title="Send them this link. It is shown this once.">
      <Copyable text={url} label="the link" />
    </Callout>
  )
}

function InviteForm({ onClose }: { onClose: () => void }) {
  const form = useForm({ defaultValues: { email: '', role: 'trader' as Role } })
  const verb = usePeopleVerb((values: { email: string; role: Role }) => invite(values.email, values.role))
  const { errors } = form.formState
  if (verb.data)
    return (
      <>
        {verb.data.url ? (
          <LinkNote url={verb.data.url} />
        ) : (
          <Callout>The link is on its way by mail.</Callout>
        )}
        <DialogActions>
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        </DialogActions>
      </>
    )
  return (
    <form
      noValidate
      className="space-y-4"
      onSubmit={event =>
        void form.handleSubmit(values => verb.mutate(values, { onError: error => showRefusal(form, error) }))(
          event,
        )
      }
    >
      <Field label="Email" error={errors.email?.message}>
        {control => (
          <Input
            {...control}
            {...form.register('email', { required: 'Enter their e-mail address.' })}
            type="email"
            autoComplete="off"
          />
        )}
      </Field>
      <Field label="Role" error={errors.role?.message}>
        {control => (
          <Select {...control} {...form.register('role')}>
            <option value="viewer">Viewer: looks, changes nothing</option>
            <option value="trader">Trader: trades and deploys</option>
            <option value="owner">Owner: sees to everything</option>
          </Select>
        )}
      </Field>
      <RefusalNote text={errors.root?.message} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={verb.isPending}>
          Invite
        </Button>
      </DialogActions>
    </form>
  )
}
