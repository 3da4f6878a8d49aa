import { forgetMachine } from '@/api/machines'
import { Consequences } from '@/forms/instance-act'
import { MachineActDialog, type MachineDialogProps } from '@/forms/machine-act'

interface Props extends MachineDialogProps {
  onForgotten: (() => void) | undefined
}

export function MachineForgetDialog({ machine, onForgotten, ...props }: Props) {
  return (
    <MachineActDialog
      {...props}
      title={`Forget ${machine.label}?`}
      verb={() => forgetMachine(machine.id)}
      words={{ act: 'Forget', keep: 'Keep it', done: `${machine.label} is forgotten` }}
      onDone={onForgotten}
    >
      <Consequences>
        <li>It is no longer listed; its load and the lines of its logs are gone.</li>
        <li>Its terminals, their accounts and their trades stay.</li>
        {machine.state !== 'revoked' && <li>If its agent reports again, it is back.</li>}
      </Consequences>
    </MachineActDialog>
  )
}
