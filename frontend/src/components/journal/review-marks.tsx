import { Image, NotebookPen, Star } from 'lucide-react'
import type { Trade } from '@/api/records'
import { Badge } from '@/ui/badge'
import { cx } from '@/ui/cx'

const TAGS_SHOWN = 2

/** What its trader said of a trade, as small as a table's line allows. */
export function ReviewMarks({ trade, className }: { trade: Trade; className?: string }) {
  const { tags, rating, hasNote, screenshots } = trade
  if (tags.length === 0 && rating === null && !hasNote && screenshots === 0) return null
  const more = tags.length - TAGS_SHOWN
  return (
    <span
      className={cx(
        'inline-flex items-center gap-1.5 align-middle text-faint text-xs [&_svg]:size-3.5',
        className,
      )}
    >
      {rating !== null && (
        <span className="num inline-flex items-center gap-0.5" title={`Rated ${rating} of 5`}>
          <Star aria-hidden className="fill-warn text-warn" />
          <span className="sr-only">Rated</span> {rating}
        </span>
      )}
      {hasNote && (
        <span title="Has a note">
          <NotebookPen aria-hidden />
          <span className="sr-only">Has a note</span>
        </span>
      )}
      {screenshots > 0 && (
        <span className="num inline-flex items-center gap-0.5" title={`Screenshots: ${screenshots}`}>
          <Image aria-hidden />
          <span className="sr-only">Screenshots:</span> {screenshots}
        </span>
      )}
      {tags.slice(0, TAGS_SHOWN).map(tag => (
        <Badge key={tag} className="h-5 max-w-24">
          <span className="truncate">{tag}</span>
        </Badge>
      ))}
      {more > 0 && <span title={tags.slice(TAGS_SHOWN).join(', ')}>+{more}</span>}
    </span>
  )
}
