import { useState } from 'react'
import type { Account } from '@/api/records'
import { ShareList } from '@/components/journal/share-list'
import { ShareForm } from '@/forms/share-create'
import { Dialog } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Select } from '@/ui/input'

interface Props {
  accounts: readonly Account[]
  first: string
  isOpen: boolean
  onClose: () => void
}

/** Make, copy, list and revoke the public pages of an account. */
export function ShareDialog({ accounts, first, isOpen, onClose }: Props) {
  return (
    <Dialog
      isWide
      isOpen={isOpen}
      onClose={onClose}
      title="Share an account’s results"
      description="Everybody with the link sees its growth, calendar, statistics and last trades: never its login, broker or your name. You can revoke a link at any time."
    >
      <Inside accounts={accounts} first={first} />
    </Dialog>
  )
}

function Inside({ accounts, first }: { accounts: readonly Account[]; first: string }) {
  const [accountId, setAccountId] = useState(first)
  return (
    <>
      {accounts.length > 1 && (
        <Field label="Account" className="mb-4">
          {control => (
            <Select {...control} value={accountId} onChange={event => setAccountId(event.target.value)}>
              {accounts.map(row => (
                <option key={row.id} value={row.id}>
                  {row.label}
                </option>
              ))}
            </Select>
          )}
        </Field>
      )}
      <ShareForm key={`form ${accountId}`} accountId={accountId} />
      <ShareList key={`list ${accountId}`} accountId={accountId} />
    </>
  )
}
