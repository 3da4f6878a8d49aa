import { useForm } from 'react-hook-form'
import { toast } from 'sonner'
import type { Account } from '@/api/records'
import { setTimezone } from '@/api/terminal-verbs'
import { useAccountVerb } from '@/api/verbs'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { ZoneField, zoneRule } from '@/forms/zone-field'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'

interface Props {
  account: Account
  isOpen: boolean
  onClose: () => void
}

export function AccountTimezoneDialog(props: Props) {
  return (
    <Dialog
      isOpen={props.isOpen}
      onClose={props.onClose}
      title="Time zone of the server"
      description="Brokers write their own server’s time. It is turned into UTC by what the terminal says of its offset, and by this zone where it says nothing, as in imported files."
    >
      <ZoneForm {...props} />
    </Dialog>
  )
}

function ZoneForm({ account, onClose }: Props) {
  const form = useForm({ defaultValues: { serverTimezone: account.serverTimezone } })
  const verb = useAccountVerb((zone: string) => setTimezone(account.id, zone))
  const { errors } = form.formState
  const done = () => {
    toast.success('The time zone is set', { description: 'It counts for what arrives from now on.' })
    onClose()
  }
  const submit = form.handleSubmit(({ serverTimezone }) =>
    verb.mutate(serverTimezone, { onSuccess: done, onError: error => showRefusal(form, error) }),
  )
  return (
    <form noValidate onSubmit={event => void submit(event)}>
      <ZoneField
        label="Zone"
        hint="Most brokers keep Europe/Athens, which makes their day end with New York’s. Empty: the terminal’s word, else UTC."
        placeholder="As the terminal says"
        value={form.watch('serverTimezone')}
        error={errors.serverTimezone?.message}
        control={form.register('serverTimezone', zoneRule)}
      />
      <RefusalNote text={errors.root?.message} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={verb.isPending}>
          Save
        </Button>
      </DialogActions>
    </form>
  )
}
