import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useForm } from 'react-hook-form'
import { sentenceOf } from '@/api/problem'
import type { Account, NewTerminal, Terminal } from '@/api/records'
import { forgetAccount } from '@/api/terminal-queries'
import { makeTerminal, newPairingCode } from '@/api/terminal-verbs'
import { terminalName } from '@/components/terminal/words'
import { Consequences } from '@/forms/instance-act'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'

interface Props {
  account: Account
  onDone: (paired: NewTerminal) => void
  onClose: () => void
}

/** One more terminal of an account: its name, then its code. */
export function TerminalAddForm({ account, onDone, onClose }: Props) {
  const cache = useQueryClient()
  const form = useForm({ defaultValues: { label: '' } })
  const verb = useMutation({
    mutationFn: (label: string) => makeTerminal(account.id, label),
    onSuccess: paired => {
      forgetAccount(cache, account.id)
      onDone(paired)
    },
    onError: error => showRefusal(form, error),
  })
  const { errors } = form.formState
  return (
    <form noValidate onSubmit={event => void form.handleSubmit(({ label }) => verb.mutate(label))(event)}>
      <Field label="Name" error={errors.label?.message} hint="As the machine that it runs on: VPS London.">
        {control => (
          <Input
            {...control}
            {...form.register('label', {
              required: 'Give the terminal a name.',
              maxLength: { value: 60, message: 'At most 60 characters.' },
            })}
          />
        )}
      </Field>
      <RefusalNote text={errors.root?.message} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={verb.isPending}>
          Show its pairing code
        </Button>
      </DialogActions>
    </form>
  )
}

/** A new code for a terminal that exists: for a new machine, or after it was revoked. */
export function TerminalPairAgain({
  terminal,
  onDone,
  onClose,
}: Omit<Props, 'account'> & { terminal: Terminal }) {
  const verb = useMutation({
    mutationFn: () => newPairingCode(terminal.id),
    onSuccess: pairing => onDone({ ...pairing, terminal }),
  })
  return (
    <>
      <Consequences>
        <li>Codes that were made for it before end now.</li>
        {terminal.enrolledAt && (
          <li>
            Whoever enters the new code becomes {terminalName(terminal)}; the machine that speaks for it today
            is signed out then.
          </li>
        )}
      </Consequences>
      <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="primary" isBusy={verb.isPending} onClick={() => verb.mutate()}>
          Show the code
        </Button>
      </DialogActions>
    </>
  )
}
