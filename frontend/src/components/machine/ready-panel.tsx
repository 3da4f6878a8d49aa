import { useMutation, useQuery } from '@tanstack/react-query'
import { Check, Download, LoaderCircle, RotateCw, Server } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Link } from 'react-router'
import { machines, type NewMachine } from '@/api/machines'
import { sentenceOf } from '@/api/problem'
import { accounts } from '@/api/queries'
import { newPairingCode } from '@/api/terminal-verbs'
import { useNow } from '@/components/now'
import { countdown } from '@/format/zone'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Copyable } from '@/ui/copyable'
import { cx } from '@/ui/cx'
import { DialogActions } from '@/ui/dialog'

const FILE = 'agent.toml'

/** What is to be done on the machine, and what was heard of it so far. */
export function ReadyPanel({ made, onClose }: { made: NewMachine; onClose: () => void }) {
  const [ready, setReady] = useState(made)
  const list = useQuery(machines(true)).data ?? []
  const onIt = new Map(list.flatMap(row => row.terminals.map(seen => [seen.terminalId, row.id])))
  const waiting = ready.terminals.filter(each => !onIt.has(each.terminalId))
  const renew = useMutation({ mutationFn: () => withNewCodes(ready, waiting), onSuccess: setReady })
  const first = ready.terminals.flatMap(each => onIt.get(each.terminalId) ?? [])[0]
  return (
    <div className="space-y-5">
      {waiting.length === 0 ? (
        <Heard />
      ) : (
        <>
          <Life expiresAt={ready.expiresAt} isRenewing={renew.isPending} onRenew={() => renew.mutate()} />
          <Steps text={ready.settings} />
        </>
      )}
      <RefusalNote text={renew.error ? sentenceOf(renew.error) : undefined} />
      <Progress ready={ready} onIt={onIt} />
      <DialogActions>
        {first && (
          <Button asChild variant="primary">
            <Link to={`/machines/${first}`}>Open the machine</Link>
          </Button>
        )}
        <Button onClick={onClose}>{first ? 'Done' : 'Close, it goes on without this window'}</Button>
      </DialogActions>
    </div>
  )
}

/** A code that has ended is replaced in the file; what is paired already keeps its own. */
async function withNewCodes(ready: NewMachine, waiting: NewMachine['terminals']): Promise<NewMachine> {
  let { settings, expiresAt } = ready
  const fresh = new Map<string, string>()
  for (const { terminalId, pairingCode } of waiting) {
    const next = await newPairingCode(terminalId)
    fresh.set(terminalId, next.pairingCode)
    settings = settings.replace(pairingCode, next.pairingCode)
    expiresAt = next.expiresAt
  }
  const terminals = ready.terminals.map(each => ({
    ...each,
    pairingCode: fresh.get(each.terminalId) ?? each.pairingCode,
  }))
  return { ...ready, settings, expiresAt, terminals }
}

function Heard() {
  return (
    <div className="flex flex-col items-center py-3 text-center">
      <span className="mb-3 grid size-12 place-items-center rounded-full bg-profit-soft text-profit">
        <Server aria-hidden className="size-6" />
      </span>
      <p className="font-semibold text-ink text-lg">The machine reports</p>
      <p className="mt-1 max-w-md text-muted text-sm">
        How it is, and what its terminals do, arrives every 15 seconds from now on.
      </p>
    </div>
  )
}

function Life(props: { expiresAt: string; isRenewing: boolean; onRenew: () => void }) {
  const left = Math.max(0, (Date.parse(props.expiresAt) - useNow()) / 1000)
  return (
    <div className="flex flex-wrap items-center justify-between gap-2 rounded-lg border border-line bg-canvas px-3 py-2 text-sm">
      <p role="timer" className={cx('num', left < 120 ? 'text-warn' : 'text-muted')}>
        {left === 0
          ? 'The pairing codes have ended. New ones take a second.'
          : `The pairing codes in the file work once, for ${countdown(left)}. They are shown only here.`}
      </p>
      {left === 0 && (
        <Button size="sm" variant="primary" isBusy={props.isRenewing} onClick={props.onRenew}>
          <RotateCw /> New codes
        </Button>
      )}
    </div>
  )
}

function Steps({ text }: { text: string }) {
  const file = `data:application/toml;charset=utf-8,${encodeURIComponent(text)}`
  return (
    <ol className="space-y-4">
      <Step number={1} title="Install it on the machine">
        Python 3.11 or later, 64 bit; on Linux, for paper accounts, leave MetaTrader5 out.
        <Command text="pip install metafleet MetaTrader5" />
      </Step>
      <Step number={2} title={`Save its settings as ${FILE}`}>
        Then say in the file where each terminal’s program is.
        <pre
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by key
          tabIndex={0}
          className="mt-1.5 max-h-52 overflow-auto rounded-lg border border-line bg-canvas px-3 py-2 font-mono text-ink text-xs leading-5"
        >
          {text}
        </pre>
        <span className="mt-2 flex flex-wrap items-center gap-3">
          <Button asChild size="sm">
            <a href={file} download={FILE}>
              <Download /> {FILE}
            </a>
          </Button>
          <Copyable text={text} shown="Copy it" label="settings" />
        </span>
      </Step>
      <Step number={3} title="Start it">
        It says what it sees; Ctrl-C ends it. The second command makes it start with the machine.
        <Command text={`metafleet agent run ${FILE}`} />
        <Command text={`metafleet agent service install ${FILE} --write`} />
      </Step>
    </ol>
  )
}

function Step({ number, title, children }: { number: number; title: string; children: ReactNode }) {
  return (
    <li className="flex gap-3">
      <span
        aria-hidden
        className="num mt-px grid size-5 shrink-0 place-items-center rounded-full bg-hover font-semibold text-2xs text-muted"
      >
        {number}
      </span>
      <div className="min-w-0 flex-1 text-muted text-sm">
        <p className="font-medium text-ink">{title}</p>
        {children}
      </div>
    </li>
  )
}

function Command({ text }: { text: string }) {
  return (
    <span className="mt-1.5 flex min-w-0 rounded-lg border border-line bg-canvas px-2.5 py-1.5">
      <Copyable text={text} label="command" />
    </span>
  )
}

/** Each terminal, green from its first report on. */
function Progress({ ready, onIt }: { ready: NewMachine; onIt: ReadonlyMap<string, string> }) {
  const labels = new Map((useQuery(accounts()).data ?? []).map(row => [row.id, row.label]))
  return (
    <ul aria-live="polite" aria-label="Terminals" className="rounded-xl border border-line px-4 py-2">
      {ready.terminals.map(each => {
        const isHeard = onIt.has(each.terminalId)
        const Icon = isHeard ? Check : LoaderCircle
        return (
          <li key={each.terminalId} className="flex items-center gap-3 py-1.5 text-sm">
            <span
              className={cx(
                'grid size-6 shrink-0 place-items-center rounded-full',
                isHeard ? 'bg-profit-soft text-profit' : 'bg-hover text-faint',
              )}
            >
              <Icon aria-hidden className={cx('size-3.5', !isHeard && 'animate-spin')} />
            </span>
            <span className="min-w-0 flex-1 truncate text-ink">{labels.get(each.accountId) ?? '—'}</span>
            <span className={isHeard ? 'text-profit' : 'text-faint'}>
              {isHeard ? 'Reports' : 'Waiting for its first report…'}
            </span>
          </li>
        )
      })}
    </ul>
  )
}
