import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { sentenceOf } from '@/api/problem'
import type { Account, NewTerminal } from '@/api/records'
import { serverNow } from '@/api/server-clock'
import { accountTerminals } from '@/api/terminal-queries'
import { newPairingCode } from '@/api/terminal-verbs'
import { CodeBox } from '@/components/terminal/pairing-code'
import { PairingProgress } from '@/components/terminal/pairing-progress'
import { PairingSteps } from '@/components/terminal/pairing-steps'
import { identityTrouble, pairingStep } from '@/components/terminal/words'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { DialogActions } from '@/ui/dialog'

interface Props {
  account: Account
  paired: NewTerminal
  onClose: () => void
}

/** From a pairing code to the first heartbeat, watched live. */
export function PairingPanel({ account, paired, onClose }: Props) {
  const [pairing, setPairing] = useState(paired)
  // A terminal that is paired anew has a past: only what comes from now on is a sign of life.
  const [since, setSince] = useState(() => serverNow())
  const renew = useMutation({
    mutationFn: () => newPairingCode(paired.terminal.id),
    onSuccess: next => setPairing({ ...pairing, ...next }),
  })
  const { data } = useQuery(accountTerminals(account.id, true))
  const terminal = data?.find(row => row.id === paired.terminal.id)
  const step = pairingStep(terminal, since)
  const renewCode = () => renew.mutate(undefined, { onSuccess: () => setSince(serverNow()) })
  return (
    <div className="space-y-5">
      {step === 'waiting' && (
        <>
          <CodeBox pairing={pairing} isRenewing={renew.isPending} onRenew={renewCode} />
          <PairingSteps
            platform={account.platform === 'mt4' ? 'mt4' : 'mt5'}
            gatewayUrl={pairing.gatewayUrl}
          />
        </>
      )}
      <RefusalNote text={renew.error ? sentenceOf(renew.error) : undefined} />
      <PairingProgress
        account={account}
        step={step}
        terminal={terminal}
        trouble={terminal && identityTrouble(terminal)}
      />
      <DialogActions>
        <Button variant={step === 'connected' ? 'primary' : 'secondary'} onClick={onClose}>
          {step === 'connected' ? 'Done' : 'Close, it goes on without this window'}
        </Button>
      </DialogActions>
    </div>
  )
}
