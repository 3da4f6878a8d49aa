import { RotateCw } from 'lucide-react'
import { Popover } from 'radix-ui'
import type { LiveState } from '@/api/live-socket'
import { useLive } from '@/components/live-provider'
import { LIVE_STATES } from '@/components/states'
import { timeOfDay } from '@/format/time'
import { Button } from '@/ui/button'
import { cx } from '@/ui/cx'

const DOTS: Record<LiveState, string> = {
  live: 'bg-profit text-profit animate-beat',
  connecting: 'bg-faint text-faint animate-sheen',
  reconnecting: 'bg-warn text-warn animate-sheen',
  offline: 'bg-loss text-loss',
}

const WORDS: Record<LiveState, string> = {
  live: 'text-muted',
  connecting: 'text-faint',
  reconnecting: 'text-warn',
  offline: 'text-loss',
}

/** Whether what is on screen is happening now; a click explains. */
export function LiveIndicator({ className }: { className?: string }) {
  const { state, heardAt, retry } = useLive()
  const look = LIVE_STATES[state]
  return (
    <Popover.Root>
      <Popover.Trigger
        className={cx(
          'inline-flex h-8 items-center gap-2 rounded-lg px-2 font-medium text-xs hover:bg-hover',
          WORDS[state],
          className,
        )}
      >
        <span aria-hidden className={cx('size-1.5 rounded-full', DOTS[state])} />
        <span role="status">{look.label}</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          sideOffset={6}
          collisionPadding={12}
          className="z-50 w-72 animate-rise rounded-xl border border-line-strong bg-raised p-4 text-muted text-sm shadow-pop outline-none"
        >
          <p className={cx('font-semibold', WORDS[state])}>{look.label}</p>
          <p className="mt-1">{look.says}</p>
          <LastWord at={heardAt()} />
          {state !== 'live' && (
            <Button size="sm" className="mt-3" onClick={retry}>
              <RotateCw /> Try now
            </Button>
          )}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}

function LastWord({ at }: { at: number | null }) {
  if (at === null) return null
  return <p className="num mt-2 text-faint text-xs">Last word at {timeOfDay(new Date(at))}</p>
}
