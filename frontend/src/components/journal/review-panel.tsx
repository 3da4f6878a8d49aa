import { useQuery } from '@tanstack/react-query'
import { Check, CloudOff, LoaderCircle } from 'lucide-react'
import { canJournal } from '@/api/can'
import { tags as tagCounts } from '@/api/journal-queries'
import type { Review } from '@/api/journal-records'
import type { SaveState } from '@/components/journal/autosave'
import { useReview } from '@/components/journal/use-review'
import { useMe } from '@/components/session'
import { cx } from '@/ui/cx'
import { Stars } from '@/ui/stars'
import { TagInput } from '@/ui/tag-input'

const MOST_TAGS = 20
const NOTE_LENGTH = 20_000

interface Props {
  tradeId: string
  stored: Review
  className?: string
}

/** What its trader says of a trade. There is no save button: it is kept as it is written. */
export function ReviewPanel({ tradeId, stored, className }: Props) {
  const { review, state, refusal, change, retry } = useReview(tradeId, stored)
  const { data = [] } = useQuery(tagCounts())
  const isViewer = !canJournal('review', useMe()).can
  return (
    <section aria-label="Your review" className={cx('space-y-3', className)}>
      <div className="flex h-6 items-center justify-between gap-3">
        <Stars
          label="Rating"
          value={review.rating}
          disabled={isViewer}
          onChange={rating => change({ rating })}
        />
        <Saved state={state} refusal={refusal} onRetry={retry} />
      </div>
      <TagInput
        label="Tags"
        tags={review.tags}
        known={data.map(row => row.tag)}
        most={MOST_TAGS}
        disabled={isViewer}
        onChange={tags => change({ tags })}
      />
      <textarea
        aria-label="Note"
        value={review.note}
        readOnly={isViewer}
        maxLength={NOTE_LENGTH}
        placeholder={
          isViewer
            ? 'No note. Your role may look, not write.'
            : 'Why this trade? What went well, what did not?'
        }
        onChange={event => change({ note: event.target.value })}
        className="field-sizing-content block max-h-96 min-h-28 w-full resize-y rounded-lg border border-line-strong bg-field px-3 py-2 text-ink text-sm leading-relaxed transition-colors placeholder:text-faint hover:border-faint focus:border-accent focus:outline-2 focus:outline-accent/30 focus:outline-offset-0"
      />
    </section>
  )
}

/** Whether the hub has it. */
function Saved({ state, refusal, onRetry }: { state: SaveState; refusal: string; onRetry: () => void }) {
  return (
    <span role="status" className="flex items-center gap-1.5 text-faint text-xs [&_svg]:size-3.5">
      {(state === 'waiting' || state === 'saving') && (
        <>
          <LoaderCircle aria-hidden className="animate-spin" /> Saving…
        </>
      )}
      {state === 'saved' && (
        <>
          <Check aria-hidden className="text-profit" /> Saved
        </>
      )}
      {state === 'failed' && (
        <button
          type="button"
          title={refusal}
          onClick={onRetry}
          className="inline-flex items-center gap-1.5 rounded text-warn hover:underline"
        >
          <CloudOff aria-hidden /> Kept here, not saved yet. Try again
        </button>
      )}
    </span>
  )
}
