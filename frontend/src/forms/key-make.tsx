import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type KeyForm, makeKey, usePeopleVerb } from '@/api/people'
import { sentenceOf } from '@/api/problem'
import { accounts, instances } from '@/api/queries'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'
import { ChoiceList } from '@/ui/choice-list'
import { Copyable } from '@/ui/copyable'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input, Select } from '@/ui/input'

const SCOPES = [
  { value: 'read', label: 'Read', note: 'see everything' },
  { value: 'trade', label: 'Trade', note: 'orders, kill switch, journal' },
  { value: 'deploy', label: 'Deploy', note: 'EAs, accounts, terminals' },
  { value: 'admin', label: 'Admin', note: 'people, keys, plan' },
]

export function KeyMakeDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title="Make an API key" isWide>
      <MakeForm onClose={onClose} />
    </Dialog>
  )
}

function MakeForm({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<string[]>(['read'])
  const [limit, setLimit] = useState<'none' | 'accounts' | 'eas'>('none')
  const [chosen, setChosen] = useState<string[]>([])
  const [days, setDays] = useState('90')
  const verb = usePeopleVerb(makeKey)
  if (verb.data) return <Made secret={verb.data.secret} onClose={onClose} />
  const make = () =>
    verb.mutate({
      name,
      scopes: scopes as KeyForm['scopes'],
      accountIds: limit === 'accounts' ? chosen : [],
      instanceIds: limit === 'eas' ? chosen : [],
      expiresInDays: days === '' ? null : Number(days),
    })
  const missing = limit !== 'none' && chosen.length === 0 ? 'Choose what it is limited to.' : undefined
  return (
    <form
      className="space-y-4"
      onSubmit={event => {
        event.preventDefault()
        make()
      }}
    >
      <Field label="Name" hint="What uses it, as “risk report”.">
        {control => (
          <Input {...control} value={name} maxLength={60} onChange={({ target }) => setName(target.value)} />
        )}
      </Field>
      <div>
        <p className="mb-1.5 font-medium text-ink text-sm">It may</p>
        <ChoiceList label="Scopes" choices={SCOPES} chosen={scopes} onChange={setScopes} />
      </div>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Limited to">
          {control => (
            <Select
              {...control}
              value={limit}
              onChange={({ target }) => {
                setLimit(target.value as typeof limit)
                setChosen([])
              }}
            >
              <option value="none">Nothing: the whole desk</option>
              <option value="accounts">Some accounts</option>
              <option value="eas">Some EAs</option>
            </Select>
          )}
        </Field>
        <Field label="Ends">
          {control => (
            <Select {...control} value={days} onChange={({ target }) => setDays(target.value)}>
              <option value="7">In 7 days</option>
              <option value="30">In 30 days</option>
              <option value="90">In 90 days</option>
              <option value="365">In a year</option>
              <option value="">Never</option>
            </Select>
          )}
        </Field>
      </div>
      {limit !== 'none' && <Limits of={limit} chosen={chosen} onChange={setChosen} />}
      <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          type="submit"
          variant="primary"
          isBusy={verb.isPending}
          disabledReason={
            name.trim() === '' ? 'Give it a name.' : scopes.length === 0 ? 'Say what it may.' : missing
          }
        >
          Make key
        </Button>
      </DialogActions>
    </form>
  )
}

interface LimitsProps {
  of: 'accounts' | 'eas'
  chosen: string[]
  onChange: (chosen: string[]) => void
}

function Limits({ of, chosen, onChange }: LimitsProps) {
  const ownAccounts = useQuery(accounts())
  const ownInstances = useQuery(instances())
  const choices =
    of === 'accounts'
      ? ownAccounts.data?.map(row => ({ value: row.id, label: row.label, note: String(row.login) }))
      : ownInstances.data?.map(row => ({ value: row.id, label: row.name, note: row.symbol }))
  return (
    <ChoiceList
      label={of === 'accounts' ? 'Accounts' : 'EAs'}
      choices={choices ?? []}
      chosen={chosen}
      onChange={onChange}
      empty="There are none yet."
    />
  )
}

function Made({ secret, onClose }: { secret: string; onClose: () => void }) {
  const curl = `curl -H "Authorization: Bearer ${secret}" ${location.origin}/api/accounts`
  return (
    <>
      <Callout tone="warn" title="Copy it now: it is shown this once, and kept nowhere.">
        <Copyable text={secret} label="the key" />
      </Callout>
      <p className="mt-4 mb-1.5 font-medium text-ink text-sm">Try it</p>
      <div className="overflow-x-auto rounded-lg border border-line bg-canvas p-3">
        <Copyable text={curl} label="the command" />
      </div>
      <DialogActions>
        <Button variant="primary" onClick={onClose}>
          I have copied it
        </Button>
      </DialogActions>
    </>
  )
}
