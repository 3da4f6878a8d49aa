import { revokeMachine } from '@/api/machines'
import { Consequences } from '@/forms/instance-act'
import { MachineActDialog, type MachineDialogProps } from '@/forms/machine-act'

export function MachineRevokeDialog({ machine, ...props }: MachineDialogProps) {
  const many = machine.terminals.length
  return (
    <MachineActDialog
      {...props}
      title={`Revoke ${machine.label}?`}
      verb={() => revokeMachine(machine.id)}
      words={{ act: 'Revoke', keep: 'Keep it', done: `${machine.label} is revoked` }}
    >
      <Consequences>
        <li>
          The tokens of {many === 1 ? 'its terminal' : `all ${many} terminals on it`} are void at once:
          nothing that it sends is taken any more.
        </li>
        <li>The terminals themselves trade on; only nobody sees it here.</li>
        <li>What was reported stays. New pairing codes let it, or another machine, back in.</li>
      </Consequences>
    </MachineActDialog>
  )
}
