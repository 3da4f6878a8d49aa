import { useQuery } from '@tanstack/react-query'
import { ArrowDownToLine, Pause, Terminal } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { instanceLog } from '@/api/queries'
import type { Instance } from '@/api/records'
import { Loaded } from '@/components/loaded'
import { Button } from '@/ui/button'
import { cx } from '@/ui/cx'
import { EmptyState } from '@/ui/empty-state'

const FOLLOW_MS = 2_000
/** This close to the end counts as being at the end. */
const NEAR_PX = 24

/** The runner's own words, followed as they are written; scrolling up pauses. */
export function LogTab({ instance }: { instance: Instance }) {
  const [isFollowing, setFollowing] = useState(true)
  const query = useQuery({
    ...instanceLog(instance.id),
    refetchInterval: isFollowing ? FOLLOW_MS : false,
    staleTime: 0,
  })
  return (
    <Loaded query={query}>
      {log =>
        log.lines.length === 0 ? (
          <EmptyState icon={Terminal} title="Nothing written yet">
            The log begins with its first start.
          </EmptyState>
        ) : (
          <Lines lines={log.lines} isFollowing={isFollowing} onFollow={setFollowing} />
        )
      }
    </Loaded>
  )
}

interface LinesProps {
  lines: readonly string[]
  isFollowing: boolean
  onFollow: (isFollowing: boolean) => void
}

function Lines({ lines, isFollowing, onFollow }: LinesProps) {
  const box = useRef<HTMLDivElement>(null)
  const last = lines.at(-1)
  useEffect(() => {
    if (isFollowing && last !== undefined) box.current?.scrollTo({ top: box.current.scrollHeight })
  }, [isFollowing, last])
  const onScroll = () => {
    const { scrollTop = 0, clientHeight = 0, scrollHeight = 0 } = box.current ?? {}
    const isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX
    if (isAtEnd !== isFollowing) onFollow(isAtEnd)
  }
  return (
    <div className="relative">
      <div
        ref={box}
        onScroll={onScroll}
        role="log"
        aria-label="Log"
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by key
        tabIndex={0}
        className="h-96 overflow-auto rounded-b-xl bg-canvas px-4 py-3 font-mono text-xs leading-5 outline-offset-[-3px]"
      >
        {lines.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines only join at the end, and equal lines occur
          <p key={index} className={cx('whitespace-pre-wrap break-words', colourOf(line))}>
            {line}
          </p>
        ))}
      </div>
      <Button
        size="sm"
        className="absolute right-4 bottom-4 shadow-pop"
        aria-pressed={isFollowing}
        onClick={() => onFollow(!isFollowing)}
      >
        {isFollowing ? (
          <>
            <Pause /> Pause
          </>
        ) : (
          <>
            <ArrowDownToLine /> Follow
          </>
        )}
      </Button>
    </div>
  )
}

function colourOf(line: string): string {
  if (/\b(error|critical|traceback|refused)\b/i.test(line)) return 'text-loss'
  if (/\bwarn(ing)?\b/i.test(line)) return 'text-warn'
  return 'text-muted'
}
