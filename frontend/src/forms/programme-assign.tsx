import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { toast } from 'sonner'
import { placeErrors } from '@/api/problem'
import { type Member, type Programme, putIn, useProgrammeVerb } from '@/api/programmes'
import { accounts } from '@/api/queries'
import { Loaded } from '@/components/loaded'
import { money } from '@/format/money'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { ChoiceList } from '@/ui/choice-list'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input, Select } from '@/ui/input'

interface Props {
  programme: Programme
  /** Move this account alone. */
  only?: Pick<Member, 'accountId' | 'label' | 'phase'>
  isOpen: boolean
  onClose: () => void
}

export function ProgrammeAssignDialog(props: Props) {
  const { programme, only, isOpen, onClose } = props
  const title = only ? `Move ${only.label}` : `Put accounts into ${programme.terms.name}`
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title={title}
      description="The phase begins now: its limits count from this moment on."
    >
      <AssignForm {...props} />
    </Dialog>
  )
}

function AssignForm({ programme, only, onClose }: Props) {
  const [chosen, setChosen] = useState<string[]>(only ? [only.accountId] : [])
  const [phase, setPhase] = useState(only?.phase ?? programme.terms.phases[0]?.name ?? '')
  const [balance, setBalance] = useState('')
  const verb = useProgrammeVerb((_: null) =>
    putIn(programme.id, {
      accountIds: chosen,
      phase,
      initialBalance: balance.trim() === '' ? null : Number(balance),
    }),
  )
  const { fields, rest } = placeErrors(verb.error, ['phase', 'initialBalance'])
  const many = chosen.length === 1 ? '1 account' : `${chosen.length} accounts`
  return (
    <form
      className="space-y-4"
      onSubmit={event => {
        event.preventDefault()
        verb.mutate(null, {
          onSuccess: () => {
            toast.success(`${only?.label ?? many}: ${phase} begins`)
            onClose()
          },
        })
      }}
    >
      {!only && <Accounts chosen={chosen} onChange={setChosen} />}
      <Field label="Phase" error={fields.phase}>
        {control => (
          <Select {...control} value={phase} onChange={({ target }) => setPhase(target.value)}>
            {programme.terms.phases.map(one => (
              <option key={one.name} value={one.name}>
                {one.name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field
        label="First balance"
        hint="What the firm counts from, in the account’s currency. Empty: the balance of this moment."
        error={fields.initialBalance}
      >
        {control => (
          <Input
            {...control}
            type="number"
            min="0.01"
            step="any"
            inputMode="decimal"
            placeholder="the balance now"
            value={balance}
            onChange={({ target }) => setBalance(target.value)}
          />
        )}
      </Field>
      <RefusalNote text={verb.error && rest ? rest : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          type="submit"
          variant="primary"
          isBusy={verb.isPending}
          disabledReason={chosen.length === 0 ? 'Choose an account.' : undefined}
        >
          {only ? `Begin ${phase}` : chosen.length ? `Put ${many} in` : 'Put in'}
        </Button>
      </DialogActions>
    </form>
  )
}

interface AccountsProps {
  chosen: readonly string[]
  onChange: (chosen: string[]) => void
}

function Accounts({ chosen, onChange }: AccountsProps) {
  return (
    <Loaded query={useQuery(accounts())}>
      {rows => (
        <div className="max-h-64 overflow-y-auto rounded-lg border border-line-strong">
          <ChoiceList
            label="Accounts"
            empty="There is no account yet. Add one first."
            choices={rows.map(row => ({
              value: row.id,
              label: `${row.label} (${row.login})`,
              note: money(row.balance, row.currency),
            }))}
            chosen={chosen}
            onChange={onChange}
          />
        </div>
      )}
    </Loaded>
  )
}
