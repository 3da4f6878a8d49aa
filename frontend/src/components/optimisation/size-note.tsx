import type { OptimisationLimits, OptimisationSize } from '@/api/optimisations'
import { duration } from '@/format/age'
import { count } from '@/format/volume'
import { Callout } from '@/ui/callout'

interface Props {
  size: OptimisationSize | undefined
  /** Why it could not be reckoned. */
  why: string | undefined
  isNothingVaried: boolean
  limits: OptimisationLimits
}

/** How large it is, before anybody has to wait for it. */
export function SizeNote({ size, why, isNothingVaried, limits }: Props) {
  if (isNothingVaried) {
    return <Callout>Switch on the inputs that are searched over: those at the left of each.</Callout>
  }
  if (why) return <Callout tone="warn">{why}</Callout>
  if (!size) return <Callout>Counting…</Callout>
  const left = limits.tries - limits.triesKept
  return (
    <>
      <Callout
        title={`${count(size.combinations)} combinations, at most ${count(size.runs)} runs${timeWords(size)}`}
      >
        {size.refused > 0 &&
          `${size.isExact ? '' : 'About '}${count(size.refused)} of them the EA refuses, so they are left out. `}
        {size.seconds === null && 'How long one takes is known once the first are done. '}
        The neighbours of the best are tried beside these, and what you tried before costs nothing.
      </Callout>
      {size.runs > left && (
        <Callout tone="warn">
          Your plan keeps {count(limits.tries)} tries, and {count(limits.triesKept)} are used: search over
          less, or delete older optimisations.
        </Callout>
      )}
    </>
  )
}

const timeWords = ({ seconds }: OptimisationSize): string =>
  seconds === null ? '' : `, about ${duration(Math.max(1, seconds))}`
