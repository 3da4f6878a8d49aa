import { useState } from 'react'
import { stopInstance } from '@/api/verbs'
import { type ActProps, Consequences, InstanceActDialog } from '@/forms/instance-act'
import { cx } from '@/ui/cx'

const CHOICES = [
  {
    value: false,
    label: 'Keep positions open',
    says: 'They stay at the broker with their stop-loss and target. Nobody moves a stop or takes an exit signal any more.',
  },
  {
    value: true,
    label: 'Close positions at market',
    says: 'Each is closed at the price there is. What they show as floating becomes final.',
  },
]

export function InstanceStopDialog(props: ActProps) {
  const { instance } = props
  const [isClosing, setClosing] = useState(false)
  return (
    <InstanceActDialog
      {...props}
      isDanger
      title={`Stop ${instance.name}?`}
      verb={() => stopInstance(instance.id, isClosing)}
      words={{ act: isClosing ? 'Close positions and stop' : 'Stop', done: `${instance.name} is stopping` }}
    >
      <Consequences>
        <li>Its process ends and its place among your active EAs becomes free.</li>
        <li>Its trades, inputs and log stay. You can start it again.</li>
      </Consequences>
      <fieldset className="mt-5 space-y-2">
        <legend className="mb-2 font-medium text-sm">
          {instance.openPositions === 0
            ? 'It has no open positions now. Should it open one before it stops:'
            : `Its ${instance.openPositions === 1 ? 'open position' : `${instance.openPositions} open positions`}:`}
        </legend>
        {CHOICES.map(choice => (
          <label
            key={choice.label}
            className={cx(
              'flex cursor-pointer gap-3 rounded-lg border border-line p-3 hover:bg-hover',
              isClosing === choice.value && 'border-accent bg-accent-soft hover:bg-accent-soft',
            )}
          >
            <input
              type="radio"
              name="positions"
              className="mt-1 accent-(--accent-strong)"
              checked={isClosing === choice.value}
              onChange={() => setClosing(choice.value)}
            />
            <span>
              <span className="block font-medium text-sm">{choice.label}</span>
              <span className="block text-muted text-xs">{choice.says}</span>
            </span>
          </label>
        ))}
      </fieldset>
    </InstanceActDialog>
  )
}
