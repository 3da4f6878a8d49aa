import { useState } from 'react'
import type { Account, NewTerminal, Terminal } from '@/api/records'
import { PairingPanel } from '@/components/terminal/pairing-panel'
import { terminalName } from '@/components/terminal/words'
import { TerminalAddForm, TerminalPairAgain } from '@/forms/terminal-pair'
import { Dialog } from '@/ui/dialog'

interface Props {
  account: Account
  /** What is to be paired: a new terminal, one that exists, or nothing, which keeps the dialog closed. */
  subject: Terminal | 'new' | null
  onClose: () => void
}

export function PairDialog({ account, subject, onClose }: Props) {
  const [paired, setPaired] = useState<NewTerminal | null>(null)
  const close = () => {
    setPaired(null)
    onClose()
  }
  const name = paired?.terminal ?? (subject === 'new' ? null : subject)
  return (
    <Dialog
      isWide={paired !== null}
      isOpen={subject !== null}
      onClose={close}
      title={name ? `Pair ${terminalName(name)}` : 'Add a terminal'}
    >
      {paired ? (
        <PairingPanel account={account} paired={paired} onClose={close} />
      ) : subject === 'new' ? (
        <TerminalAddForm account={account} onDone={setPaired} onClose={close} />
      ) : (
        subject && <TerminalPairAgain terminal={subject} onDone={setPaired} onClose={close} />
      )}
    </Dialog>
  )
}
