import { useState } from 'react'
import { serverNow } from '@/api/server-clock'
import { pauseInstance } from '@/api/verbs'
import { PAUSE_HOURS, PAUSE_MODES, type PauseMode } from '@/components/instance/pause-words'
import { type ActProps, Consequences, InstanceActDialog } from '@/forms/instance-act'
import { cx } from '@/ui/cx'
import { Field } from '@/ui/field'
import { Input, Select } from '@/ui/input'

const HOUR_MS = 3_600_000

export function InstancePauseDialog(props: ActProps) {
  const { instance } = props
  const isChange = instance.desiredState === 'paused'
  const [mode, setMode] = useState<PauseMode>(instance.pause?.mode ?? 'hold')
  const [reason, setReason] = useState(instance.pause?.reason ?? '')
  const [hours, setHours] = useState(0)
  const pause = () =>
    pauseInstance(instance.id, {
      mode,
      reason: reason.trim(),
      until: hours === 0 ? null : new Date(serverNow() + hours * HOUR_MS).toISOString(),
    })
  const isClosing = mode === 'flatten' && instance.openPositions > 0
  const act = isChange ? 'Change pause' : 'Pause'
  return (
    <InstanceActDialog
      {...props}
      isDanger={isClosing}
      title={isChange ? `Change the pause of ${instance.name}` : `Pause ${instance.name}?`}
      verb={pause}
      words={{
        act: isClosing ? 'Close positions and pause' : act,
        done: isChange ? 'The pause is being changed' : `${instance.name} is being paused`,
      }}
    >
      <fieldset className="space-y-2">
        <legend className="sr-only">How to pause</legend>
        {Object.entries(PAUSE_MODES).map(([name, words]) => (
          <label
            key={name}
            className={cx(
              'flex cursor-pointer gap-3 rounded-lg border border-line p-3 hover:bg-hover',
              mode === name && 'border-accent bg-accent-soft hover:bg-accent-soft',
            )}
          >
            <input
              type="radio"
              name="mode"
              className="mt-1 accent-(--accent-strong)"
              checked={mode === name}
              onChange={() => setMode(name as PauseMode)}
            />
            <span>
              <span className="block font-medium text-sm">{words.label}</span>
              <span className="block text-muted text-xs">{words.says}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <div className="mt-4 grid gap-4 sm:grid-cols-2">
        <Field label="How long">
          {control => (
            <Select {...control} value={hours} onChange={event => setHours(Number(event.target.value))}>
              {PAUSE_HOURS.map(choice => (
                <option key={choice.hours} value={choice.hours}>
                  {choice.label}
                </option>
              ))}
            </Select>
          )}
        </Field>
        <Field label="Why (optional)">
          {control => (
            <Input
              {...control}
              value={reason}
              maxLength={300}
              placeholder="News at 14:30"
              onChange={event => setReason(event.target.value)}
            />
          )}
        </Field>
      </div>
      <div className="mt-4">
        <Consequences>
          <li>{openWords(instance.openPositions, mode)}</li>
          <li>
            {hours === 0
              ? 'Nothing but a person resumes it. It keeps its place in your plan.'
              : 'It resumes by itself after that time; you can resume it earlier.'}
          </li>
        </Consequences>
      </div>
    </InstanceActDialog>
  )
}

function openWords(count: number, mode: PauseMode): string {
  if (count === 0) return 'It has no open positions now.'
  const positions = count === 1 ? 'open position' : `${count} open positions`
  if (mode === 'flatten')
    return `Its ${positions} ${count === 1 ? 'is' : 'are'} closed at the market’s price.`
  return `Its ${positions} ${count === 1 ? 'stays' : 'stay'} open, with stop-loss and target in place at the broker.`
}
