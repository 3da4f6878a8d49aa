import { useMutation } from '@tanstack/react-query'
import { KeyRound, RotateCcw } from 'lucide-react'
import { useForm } from 'react-hook-form'
import { toast } from 'sonner'
import { beginAgain, proveByCode, type Step, sendCodeAgain, verifyEmail } from '@/api/door'
import { takePasskey, whyNoPasskeys } from '@/api/passkeys'
import { sentenceOf } from '@/api/problem'
import { useDoorVerb } from '@/components/door-step'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { CodeInput } from '@/ui/code-input'
import { Field } from '@/ui/field'

/** The second factor: a code of the app, a recovery code, or a passkey. */
export function FactorForm({ types }: { types: string[] }) {
  const passkey = useDoorVerb(() => takePasskey('auth/webauthn/authenticate'))
  const hasCodes = types.includes('totp') || types.includes('recovery_codes')
  const hint = types.includes('totp')
    ? 'Six digits of your authenticator app. Without it at hand, one of your recovery codes.'
    : 'One of your recovery codes.'
  return (
    <div className="space-y-4">
      {types.includes('webauthn') && (
        <Button
          size="lg"
          className="w-full"
          disabledReason={whyNoPasskeys()}
          isBusy={passkey.isPending}
          onClick={() => passkey.mutate()}
        >
          <KeyRound /> Use a passkey
        </Button>
      )}
      <RefusalNote text={passkey.error ? sentenceOf(passkey.error) : undefined} />
      {hasCodes && <CodeForm verb={proveByCode} name="code" label="Code" hint={hint} act="Sign in" />}
      <BeginAgain />
    </div>
  )
}

/** The code of the mail that proves an address. */
export function VerifyForm({ sendsMail }: { sendsMail: boolean }) {
  const again = useMutation({
    mutationFn: sendCodeAgain,
    onSuccess: () => toast.success('A new code is on its way'),
    onError: error => toast.error(sentenceOf(error)),
  })
  return (
    <div className="space-y-4">
      <CodeForm
        verb={verifyEmail}
        name="key"
        label="Code"
        hint={sendsMail ? 'It may take a minute. Look among unwanted mails, too.' : FILED}
        act="Confirm"
      />
      <Button className="w-full" variant="ghost" isBusy={again.isPending} onClick={() => again.mutate()}>
        Send a new code
      </Button>
      <BeginAgain />
    </div>
  )
}

export const FILED = 'This server has no mail server: its mails are files in the folder “mail” of its data.'

interface CodeProps<Name extends string> {
  verb: (code: string) => Promise<Step>
  name: Name
  label: string
  hint: string
  act: string
}

function CodeForm<Name extends 'code' | 'key'>({ verb, name, label, hint, act }: CodeProps<Name>) {
  const form = useForm({ defaultValues: { code: '', key: '' } })
  const step = useDoorVerb(verb)
  const { errors } = form.formState
  const submit = form.handleSubmit(values =>
    step.mutate(values[name].trim(), { onError: error => showRefusal(form, error) }),
  )
  return (
    <form noValidate onSubmit={event => void submit(event)} className="space-y-4">
      <Field label={label} hint={hint} error={errors[name as 'code' | 'key']?.message}>
        {control => (
          <CodeInput
            {...control}
            {...form.register(name as 'code' | 'key', { required: 'Enter the code.' })}
            autoFocus
          />
        )}
      </Field>
      <RefusalNote text={errors.root?.message} />
      <Button type="submit" variant="primary" size="lg" className="w-full" isBusy={step.isPending}>
        {act}
      </Button>
    </form>
  )
}

export function BeginAgain() {
  const verb = useDoorVerb(beginAgain)
  return (
    <Button className="w-full" variant="ghost" isBusy={verb.isPending} onClick={() => verb.mutate()}>
      <RotateCcw /> Begin again
    </Button>
  )
}
