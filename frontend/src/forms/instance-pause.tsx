import { pauseInstance } from '@/api/verbs'
import { type ActProps, Consequences, InstanceActDialog } from '@/forms/instance-act'

export function InstancePauseDialog(props: ActProps) {
  const { instance } = props
  return (
    <InstanceActDialog
      {...props}
      title={`Pause ${instance.name}?`}
      verb={() => pauseInstance(instance.id)}
      words={{ act: 'Pause', done: `${instance.name} is being paused` }}
    >
      <Consequences>
        <li>It opens no new positions on {instance.symbol}.</li>
        <li>
          {instance.openPositions === 0
            ? 'It has no open positions now.'
            : `Its ${positions(instance.openPositions)} stay open, with stop-loss and target in place at the broker.`}
        </li>
        <li>It keeps its place in your plan, and you can resume it at any time.</li>
      </Consequences>
    </InstanceActDialog>
  )
}

function positions(count: number): string {
  return count === 1 ? 'open position' : `${count} open positions`
}
