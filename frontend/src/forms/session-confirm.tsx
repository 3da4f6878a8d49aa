import { useMutation } from '@tanstack/react-query'
import { KeyRound, Mail } from 'lucide-react'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import type { Flow } from '@/api/door'
import { takePasskey, whyNoPasskeys } from '@/api/passkeys'
import { sentenceOf } from '@/api/problem'
import { confirmByCode, confirmByMail, confirmByPassword, sendConfirmation } from '@/api/security'
import { Whose } from '@/components/security/whose'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { CodeInput } from '@/ui/code-input'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { PasswordInput } from '@/ui/password-input'

interface Props {
  flows: Flow[]
  onAnswer: (isConfirmed: boolean) => void
}

/** Prove again who it is, by one of the ways that this person has. */
export function ConfirmDialog({ flows, onAnswer }: Props) {
  const types = flows.find(flow => flow.id === 'mfa_reauthenticate')?.types ?? []
  const hasPassword = flows.some(flow => flow.id === 'reauthenticate')
  const email = flows.find(flow => flow.id === 'reauthenticate_by_code')?.recipients?.[0]?.email
  const passkey = useMutation({
    mutationFn: () => takePasskey('auth/webauthn/reauthenticate'),
    onSuccess: () => onAnswer(true),
  })
  return (
    <Dialog
      isOpen
      onClose={() => onAnswer(false)}
      title="Confirm that it is you"
      description="You are changing how one signs in as you. For some minutes you are then not asked again."
    >
      {hasPassword ? (
        <PasswordForm onAnswer={onAnswer} />
      ) : types.includes('totp') ? (
        <CodeForm onAnswer={onAnswer} verb={confirmByCode} hint="Six digits of your authenticator app." />
      ) : (
        email && <MailForm email={email} onAnswer={onAnswer} />
      )}
      {types.includes('webauthn') && (
        <Button
          className="mt-3 w-full"
          disabledReason={whyNoPasskeys()}
          isBusy={passkey.isPending}
          onClick={() => passkey.mutate()}
        >
          <KeyRound /> Use a passkey instead
        </Button>
      )}
      <RefusalNote text={passkey.error ? sentenceOf(passkey.error) : undefined} />
    </Dialog>
  )
}

function PasswordForm({ onAnswer }: Pick<Props, 'onAnswer'>) {
  const form = useForm({ defaultValues: { password: '' } })
  const verb = useMutation({ mutationFn: confirmByPassword, onSuccess: () => onAnswer(true) })
  const { errors } = form.formState
  const submit = form.handleSubmit(({ password }) =>
    verb.mutate(password, { onError: error => showRefusal(form, error) }),
  )
  return (
    <form noValidate onSubmit={event => void submit(event)}>
      <Whose />
      <Field label="Your password" error={errors.password?.message}>
        {control => (
          <PasswordInput
            {...control}
            {...form.register('password', { required: 'Enter your password.' })}
            autoComplete="current-password"
          />
        )}
      </Field>
      <RefusalNote text={errors.root?.message} />
      <Actions isBusy={verb.isPending} onAnswer={onAnswer} />
    </form>
  )
}

function CodeForm({
  verb,
  hint,
  onAnswer,
}: Pick<Props, 'onAnswer'> & { verb: (code: string) => Promise<unknown>; hint: string }) {
  const form = useForm({ defaultValues: { code: '' } })
  const proof = useMutation({ mutationFn: verb, onSuccess: () => onAnswer(true) })
  const { errors } = form.formState
  const submit = form.handleSubmit(({ code }) =>
    proof.mutate(code.trim(), { onError: error => showRefusal(form, error) }),
  )
  return (
    <form noValidate onSubmit={event => void submit(event)}>
      <Field label="Code" hint={hint} error={errors.code?.message}>
        {control => (
          <CodeInput {...control} {...form.register('code', { required: 'Enter the code.' })} autoFocus />
        )}
      </Field>
      <RefusalNote text={errors.root?.message} />
      <Actions isBusy={proof.isPending} onAnswer={onAnswer} />
    </form>
  )
}

function MailForm({ email, onAnswer }: Pick<Props, 'onAnswer'> & { email: string }) {
  const [isSent, setSent] = useState(false)
  const sending = useMutation({ mutationFn: () => sendConfirmation(email), onSuccess: () => setSent(true) })
  if (isSent) return <CodeForm onAnswer={onAnswer} verb={confirmByMail} hint={`From our mail to ${email}.`} />
  return (
    <>
      <Button
        variant="primary"
        className="w-full"
        isBusy={sending.isPending}
        onClick={() => sending.mutate()}
      >
        <Mail /> Send a code to {email}
      </Button>
      <RefusalNote text={sending.error ? sentenceOf(sending.error) : undefined} />
    </>
  )
}

function Actions({ isBusy, onAnswer }: Pick<Props, 'onAnswer'> & { isBusy: boolean }) {
  return (
    <DialogActions>
      <Button onClick={() => onAnswer(false)}>Cancel</Button>
      <Button type="submit" variant="primary" isBusy={isBusy}>
        Confirm
      </Button>
    </DialogActions>
  )
}
