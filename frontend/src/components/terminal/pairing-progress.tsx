import { Check, Circle, LoaderCircle, PlugZap } from 'lucide-react'
import type { Account, Terminal, Trouble } from '@/api/records'
import type { PairingStep } from '@/components/terminal/words'
import { Callout } from '@/ui/callout'
import { cx } from '@/ui/cx'

interface Props {
  account: Account
  step: PairingStep
  terminal: Terminal | undefined
  trouble: Trouble | undefined
}

const REACHED: Record<PairingStep, number> = { waiting: 0, enrolled: 1, connected: 2 }

/** What the hub has heard so far. */
export function PairingProgress({ account, step, terminal, trouble }: Props) {
  const reached = REACHED[step]
  return (
    <div className="space-y-3">
      {step === 'connected' && (
        <div className="flex flex-col items-center py-3 text-center">
          <span className="mb-3 grid size-12 place-items-center rounded-full bg-profit-soft text-profit">
            <PlugZap aria-hidden className="size-6" />
          </span>
          <p className="font-semibold text-ink text-lg">Terminal connected</p>
          <p className="mt-1 max-w-md text-muted text-sm">
            Its equity, positions and deals arrive by themselves from now on, the history first.
          </p>
        </div>
      )}
      <ul aria-live="polite" className="rounded-xl border border-line bg-canvas px-4 py-3">
        <Line
          isDone={reached >= 1}
          isNext={reached === 0}
          text={reached >= 1 ? 'The terminal has enrolled' : 'Waiting for the terminal to enrol…'}
        />
        <Line
          isDone={reached >= 2}
          isNext={reached === 1}
          text={reached >= 2 ? connectedWords(account, terminal) : 'First heartbeat'}
        />
      </ul>
      {trouble && step !== 'connected' && (
        <Callout tone="loss" title="A terminal spoke for another account">
          {trouble.detail} Sign it in to {account.login} at {account.server}.
        </Callout>
      )}
    </div>
  )
}

function connectedWords(account: Account, terminal: Terminal | undefined): string {
  const build = terminal?.build ? `build ${terminal.build}, ` : ''
  return `First heartbeat: ${build}login ${account.login} at ${account.server}`
}

function Line({ isDone, isNext, text }: { isDone: boolean; isNext: boolean; text: string }) {
  const Icon = isDone ? Check : isNext ? LoaderCircle : Circle
  return (
    <li className={cx('flex items-center gap-3 py-1.5 text-sm', isDone ? 'text-ink' : 'text-muted')}>
      <span
        className={cx(
          'grid size-6 shrink-0 place-items-center rounded-full',
          isDone ? 'bg-profit-soft text-profit' : 'bg-hover text-faint',
        )}
      >
        <Icon aria-hidden className={cx('size-3.5', isNext && 'animate-spin')} />
      </span>
      {text}
    </li>
  )
}
