import { useState } from 'react'
import { toast } from 'sonner'
import type { Account } from '@/api/records'
import { type Way, WayCards } from '@/components/account/way-cards'
import { PairingPanel } from '@/components/terminal/pairing-panel'
import { AccountConnectForm } from '@/forms/account-connect'
import { AccountOpenForm } from '@/forms/account-open'
import { AccountRegisterForm, type Registered } from '@/forms/account-register'
import { Dialog } from '@/ui/dialog'

interface Props {
  /** Which of the ways is shown; null keeps the dialog closed. */
  way: Way | null
  onWay: (way: Way | null) => void
  onDone?: (account: Account) => void
  /** Where the account must be one that EAs can be deployed on. */
  isPaperOnly?: boolean
}

/** Open a new paper account, connect one that exists, or pair a terminal of one's own. */
export function ConnectDialog({ way, onWay, onDone, isPaperOnly = false }: Props) {
  const [registered, setRegistered] = useState<Registered | null>(null)
  const leave = (account: Account | undefined) => {
    setRegistered(null)
    onWay(null)
    if (account) onDone?.(account)
  }
  const done = (account: Account) => {
    toast.success(`${account.label} is connected`, {
      description: `Login ${account.login} at ${account.server}`,
    })
    leave(account)
  }
  const next = (made: Registered) => {
    if (made.paired) setRegistered(made)
    else leave(made.account)
  }
  const title = registered ? `Pair the terminal of ${registered.account.label}` : 'Add an account'
  return (
    <Dialog isWide isOpen={way !== null} onClose={() => leave(registered?.account)} title={title}>
      {registered?.paired ? (
        <PairingPanel
          account={registered.account}
          paired={registered.paired}
          onClose={() => leave(registered.account)}
        />
      ) : (
        <>
          <WayCards way={way ?? 'open'} onWay={onWay} isPaperOnly={isPaperOnly} />
          {way === 'own' && <AccountRegisterForm onDone={next} />}
          {way === 'connect' && <AccountConnectForm onDone={done} />}
          {way === 'open' && <AccountOpenForm onDone={done} />}
        </>
      )}
    </Dialog>
  )
}
