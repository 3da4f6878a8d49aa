import { useQuery } from '@tanstack/react-query'
import { QRCodeSVG } from 'qrcode.react'
import { useForm } from 'react-hook-form'
import { addTotp, type NewTotp, newTotp } from '@/api/security'
import { Loaded } from '@/components/loaded'
import { useConfirmed } from '@/components/security/confirming'
import { useSecurityVerb } from '@/components/security/verbs'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { CodeInput } from '@/ui/code-input'
import { Copyable } from '@/ui/copyable'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'

interface Props {
  onClose: () => void
  onDone: () => void
}

export function TotpAddDialog({ onClose, onDone }: Props) {
  const confirmed = useConfirmed()
  // A new secret each time: it is never kept, and never asked for again behind the form's back.
  const query = useQuery({
    queryKey: ['new-totp'],
    queryFn: () => confirmed(newTotp),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    retry: false,
  })
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title="Set up an authenticator app"
      description="Scan this with Aegis, 2FAS, Google Authenticator, 1Password or any other, then type its code."
    >
      <Loaded query={query}>{made => <TotpForm made={made} onClose={onClose} onDone={onDone} />}</Loaded>
    </Dialog>
  )
}

function TotpForm({ made, onClose, onDone }: Props & { made: NewTotp }) {
  const form = useForm({ defaultValues: { code: '' } })
  const verb = useSecurityVerb(addTotp)
  const { errors } = form.formState
  const submit = form.handleSubmit(({ code }) =>
    verb.mutate(code.trim(), { onSuccess: onDone, onError: error => showRefusal(form, error) }),
  )
  return (
    <form noValidate onSubmit={event => void submit(event)}>
      <div className="mx-auto mb-4 w-fit rounded-lg bg-white p-3">
        <QRCodeSVG value={made.totp_url} size={176} title="QR code for your authenticator app" />
      </div>
      <p className="mb-4 text-center text-muted text-sm">
        It cannot be scanned? Type this key: <Copyable text={made.secret} label="the key" />
      </p>
      <Field label="Code" hint="Six digits, as the app shows them now." error={errors.code?.message}>
        {control => (
          <CodeInput
            {...control}
            {...form.register('code', { required: 'Enter the code.' })}
            inputMode="numeric"
          />
        )}
      </Field>
      <RefusalNote text={errors.root?.message} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={verb.isPending}>
          Turn on
        </Button>
      </DialogActions>
    </form>
  )
}
