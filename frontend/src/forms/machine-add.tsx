import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { makeMachineReady, type NewMachine, useMachineVerb } from '@/api/machines'
import type { Account } from '@/api/records'
import { MACHINE_NAME } from '@/forms/machine-rename'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { ChoiceList } from '@/ui/choice-list'
import { DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'

/** Terminals of one machine; the agent takes no more. */
const MOST = 32

interface Props {
  accounts: readonly Account[]
  onDone: (label: string, made: NewMachine) => void
  onClose: () => void
}

/** A machine's name, and which accounts are signed in on it. */
export function MachineAddForm({ accounts, onDone, onClose }: Props) {
  const [chosen, setChosen] = useState<string[]>([])
  const form = useForm({ defaultValues: { label: '' } })
  const verb = useMachineVerb((label: string) => makeMachineReady(label, chosen))
  const submit = form.handleSubmit(({ label }) =>
    verb.mutate(label.trim(), {
      onSuccess: made => onDone(label.trim(), made),
      onError: error => showRefusal(form, error),
    }),
  )
  const { errors } = form.formState
  return (
    <form noValidate onSubmit={event => void submit(event)} className="space-y-5">
      <Field label="Name" error={errors.label?.message} hint="As you call it: VPS London.">
        {control => <Input {...control} {...form.register('label', MACHINE_NAME)} />}
      </Field>
      <div>
        <p className="mb-1.5 font-medium text-ink text-sm">Accounts that are signed in on it</p>
        <div className="max-h-64 overflow-y-auto rounded-lg border border-line-strong">
          <ChoiceList
            label="Accounts"
            choices={accounts.map(row => ({
              value: row.id,
              label: row.label,
              note: `${row.login} · ${row.server}`,
            }))}
            chosen={chosen}
            onChange={setChosen}
          />
        </div>
        <p className="mt-1.5 text-faint text-xs">
          One terminal program for each account. MetaTrader 4 has no window for an agent: connect it by the
          EA.
        </p>
      </div>
      <RefusalNote text={errors.root?.message} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          type="submit"
          variant="primary"
          isBusy={verb.isPending}
          disabledReason={reasonOf(chosen.length)}
        >
          {chosen.length > 1 ? `Make ${chosen.length} pairing codes` : 'Make a pairing code'}
        </Button>
      </DialogActions>
    </form>
  )
}

function reasonOf(count: number): string | undefined {
  if (count === 0) return 'Choose an account first.'
  return count > MOST ? `One agent watches at most ${MOST} terminals.` : undefined
}
