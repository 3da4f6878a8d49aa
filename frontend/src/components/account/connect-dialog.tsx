import { toast } from 'sonner'
import type { Account } from '@/api/records'
import { AccountConnectForm } from '@/forms/account-connect'
import { AccountOpenForm } from '@/forms/account-open'
import { Dialog } from '@/ui/dialog'
import { Tabs } from '@/ui/tabs'

export type Way = 'open' | 'connect'

interface Props {
  /** Which of the two ways is shown; null keeps the dialog closed. */
  way: Way | null
  onWay: (way: Way | null) => void
  onDone?: (account: Account) => void
}

/** Open a new paper account, or connect one that exists. */
export function ConnectDialog({ way, onWay, onDone }: Props) {
  const done = (account: Account) => {
    toast.success(`${account.label} is connected`, {
      description: `Login ${account.login} at ${account.server}`,
    })
    onWay(null)
    onDone?.(account)
  }
  return (
    <Dialog isOpen={way !== null} onClose={() => onWay(null)} title="Add an account">
      <Tabs
        label="Way"
        tabs={[
          { name: 'open', label: 'New paper account' },
          { name: 'connect', label: 'Existing account' },
        ]}
        chosen={way ?? 'open'}
        onChoose={onWay}
        className="-mx-5 [&>[role=tabpanel]]:px-5"
      >
        {way === 'connect' ? <AccountConnectForm onDone={done} /> : <AccountOpenForm onDone={done} />}
      </Tabs>
    </Dialog>
  )
}
