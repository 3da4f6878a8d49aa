import { Check, Copy, RotateCw } from 'lucide-react'
import { useState } from 'react'
import type { PairingCode } from '@/api/records'
import { useNow } from '@/components/now'
import { countdown } from '@/format/zone'
import { Button } from '@/ui/button'
import { copyText } from '@/ui/clipboard'
import { cx } from '@/ui/cx'

/** How long a code lives, in seconds; the bar under it runs over this. */
const LIFE_S = 900

interface Props {
  pairing: PairingCode
  isRenewing: boolean
  onRenew: () => void
}

/** The code itself: large, to be copied in one press, with the time that it has left. */
export function CodeBox({ pairing, isRenewing, onRenew }: Props) {
  const now = useNow()
  const left = Math.max(0, (Date.parse(pairing.expiresAt) - now) / 1000)
  const hasEnded = left === 0
  return (
    <div className="overflow-hidden rounded-xl border border-line-strong bg-canvas">
      <div className="flex flex-wrap items-center justify-center gap-x-4 gap-y-3 px-4 pt-5 pb-4">
        <p className="sr-only">Pairing code</p>
        <p
          className={cx(
            'font-mono font-semibold text-[1.75rem] text-ink leading-none tracking-[0.12em] sm:text-[2.125rem]',
            hasEnded && 'text-faint line-through decoration-2',
          )}
        >
          {pairing.pairingCode}
        </p>
        {hasEnded ? (
          <Button variant="primary" isBusy={isRenewing} onClick={onRenew}>
            <RotateCw /> New code
          </Button>
        ) : (
          <CopyButton text={pairing.pairingCode} />
        )}
      </div>
      <p role="timer" className="num pb-3 text-center text-muted text-xs">
        {hasEnded
          ? 'This code has ended. A new one takes a second.'
          : `Valid for ${countdown(left)}, for one terminal. It is shown only here.`}
      </p>
      <div aria-hidden className="h-1 bg-line">
        <div
          className={cx(
            'h-full bg-accent transition-[width] duration-1000 ease-linear',
            left < 120 && 'bg-warn',
          )}
          style={{ width: `${Math.min(100, (left / LIFE_S) * 100)}%` }}
        />
      </div>
    </div>
  )
}

function CopyButton({ text }: { text: string }) {
  const [isCopied, setCopied] = useState(false)
  const copy = async () => {
    if (!(await copyText(text))) return
    setCopied(true)
    setTimeout(() => setCopied(false), 1500)
  }
  return (
    <Button onClick={() => void copy()}>
      {isCopied ? <Check className="text-profit" /> : <Copy />} {isCopied ? 'Copied' : 'Copy'}
    </Button>
  )
}
