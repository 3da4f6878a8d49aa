import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { Button } from '@/ui/button'
import { cx } from '@/ui/cx'

interface Props {
  onHeld: () => void
  isBusy?: boolean
  disabledReason?: string | undefined
  /** How long it has to be kept pressed. */
  holdMs?: number
  children: ReactNode
}

/**
 * A button for what cannot be taken back: it acts once it has been kept pressed, by finger or by key.
 * A short press, or one by a screen reader or by voice, which cannot be kept, offers a plain second button.
 */
export function HoldButton({ onHeld, isBusy = false, disabledReason, holdMs = 1200, children }: Props) {
  const [isHeld, setHeld] = useState(false)
  const [isShort, setShort] = useState(false)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const isOff = isBusy || Boolean(disabledReason)
  const isAsking = isShort && !isOff
  const press = () => {
    if (isOff || isHeld) return
    setHeld(true)
    setShort(false)
    timer.current = setTimeout(() => {
      setHeld(false)
      onHeld()
    }, holdMs)
  }
  const release = () => {
    if (!isHeld) return
    clearTimeout(timer.current)
    setHeld(false)
    setShort(true)
  }
  const confirm = () => {
    setShort(false)
    onHeld()
  }
  const isPressKey = (event: KeyboardEvent) => event.key === 'Enter' || event.key === ' '
  return (
    <div className="flex flex-col items-end">
      <button
        type="button"
        aria-disabled={isOff || undefined}
        aria-busy={isBusy || undefined}
        onPointerDown={press}
        onPointerUp={release}
        onPointerLeave={release}
        onPointerCancel={release}
        // Only what never came by pointer or key: those ended where they were let go.
        onClick={event => event.detail === 0 && !isOff && setShort(true)}
        onContextMenu={event => event.preventDefault()}
        onKeyDown={event => {
          if (!isPressKey(event)) return
          event.preventDefault()
          if (!event.repeat) press()
        }}
        onKeyUp={event => {
          if (!isPressKey(event)) return
          event.preventDefault()
          release()
        }}
        onBlur={release}
        className={cx(
          'relative inline-flex h-9 shrink-0 touch-none select-none items-center justify-center overflow-hidden whitespace-nowrap rounded-lg bg-danger px-3.5 font-medium text-sm text-white shadow-sm',
          isOff && 'cursor-not-allowed opacity-45',
          isBusy && 'animate-sheen',
        )}
      >
        <span
          aria-hidden
          className="absolute inset-y-0 left-0 w-full origin-left bg-white/30"
          style={{
            transform: `scaleX(${isHeld ? 1 : 0})`,
            transition: isHeld ? `transform ${holdMs}ms linear` : 'transform 150ms',
          }}
        />
        <span className="relative inline-flex items-center gap-2 [&_svg]:size-4">{children}</span>
      </button>
      {/* It has its room from the start: nothing moves under a finger that presses twice. */}
      <div className="mt-2 flex min-h-8 items-center justify-end gap-2">
        <p aria-live="polite" className="text-faint text-xs">
          {disabledReason ?? (isAsking ? 'Not long enough.' : 'Keep it pressed until it is full.')}
        </p>
        {isAsking && (
          <Button size="sm" onClick={confirm}>
            Confirm without holding
          </Button>
        )}
      </div>
    </div>
  )
}
