import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'react-router'
import type { NewMachine } from '@/api/machines'
import { accounts } from '@/api/queries'
import { Loaded } from '@/components/loaded'
import { ReadyPanel } from '@/components/machine/ready-panel'
import { MachineAddForm } from '@/forms/machine-add'
import { Button } from '@/ui/button'
import { Callout } from '@/ui/callout'
import { Dialog, DialogActions } from '@/ui/dialog'

interface Ready {
  label: string
  made: NewMachine
}

/** From a machine's name to its first report. */
export function AddMachineDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const [ready, setReady] = useState<Ready | null>(null)
  const query = useQuery({ ...accounts(), enabled: isOpen })
  const close = () => {
    setReady(null)
    onClose()
  }
  return (
    <Dialog
      isWide
      isOpen={isOpen}
      onClose={close}
      title={ready ? `Start the agent on ${ready.label}` : 'Add a machine'}
    >
      {ready ? (
        <ReadyPanel made={ready.made} onClose={close} />
      ) : (
        <Loaded query={query}>
          {rows => {
            const watched = rows.filter(row => row.platform !== 'mt4')
            if (watched.length === 0) return <NoAccount onClose={close} />
            return (
              <MachineAddForm
                accounts={watched}
                onClose={close}
                onDone={(label, made) => setReady({ label, made })}
              />
            )
          }}
        </Loaded>
      )}
    </Dialog>
  )
}

function NoAccount({ onClose }: { onClose: () => void }) {
  return (
    <>
      <Callout title="First say which accounts are signed in on it">
        The agent reports accounts that are known here. Add yours by login and server; nobody asks for a
        password.
      </Callout>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button asChild variant="primary">
          <Link to="/accounts?new=register">Add an account</Link>
        </Button>
      </DialogActions>
    </>
  )
}
