import { ChevronLeft, ChevronRight, X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import type { KeyboardEvent } from 'react'

export interface Picture {
  id: string
  url: string
  caption: string
}

interface Props {
  pictures: readonly Picture[]
  /** Which of them is open; -1 for none. */
  at: number
  onMove: (index: number) => void
  onClose: () => void
  /** Where its caption may be written. */
  onDescribe?: ((id: string, caption: string) => void) | undefined
}

const ROUND =
  'grid size-10 place-items-center rounded-full bg-black/50 text-white hover:bg-black/75 [&_svg]:size-5'

/** A picture as large as the screen; arrow keys go on, Escape closes. */
export function Lightbox({ pictures, at, onMove, onClose, onDescribe }: Props) {
  const picture = pictures[at]
  const step = (way: number) => onMove((at + way + pictures.length) % pictures.length)
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target instanceof HTMLInputElement) return
    if (event.key === 'ArrowRight') step(1)
    else if (event.key === 'ArrowLeft') step(-1)
  }
  return (
    <Radix.Root open={picture !== undefined} onOpenChange={isOpen => !isOpen && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-[80] bg-black/85 backdrop-blur-sm" />
        <Radix.Content
          aria-describedby={undefined}
          onKeyDown={onKeyDown}
          className="fixed inset-0 z-[80] flex flex-col items-center justify-center gap-3 p-4 pt-16 outline-none sm:px-16 sm:pb-6"
        >
          <Radix.Title className="sr-only">
            Screenshot {at + 1} of {pictures.length}
          </Radix.Title>
          {picture && (
            <>
              <img
                src={picture.url}
                alt={picture.caption || `Screenshot ${at + 1}`}
                className="min-h-0 max-w-full rounded-lg object-contain"
              />
              <Caption key={picture.id} picture={picture} onDescribe={onDescribe} />
            </>
          )}
          <Radix.Close aria-label="Close" className={`${ROUND} absolute top-4 right-4`}>
            <X aria-hidden />
          </Radix.Close>
          {pictures.length > 1 && (
            <>
              <button
                type="button"
                aria-label="Previous screenshot"
                onClick={() => step(-1)}
                className={`${ROUND} absolute top-1/2 left-4`}
              >
                <ChevronLeft aria-hidden />
              </button>
              <button
                type="button"
                aria-label="Next screenshot"
                onClick={() => step(1)}
                className={`${ROUND} absolute top-1/2 right-4`}
              >
                <ChevronRight aria-hidden />
              </button>
            </>
          )}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

const MOST_LETTERS = 200

/** What the picture shows, in its trader's words: written where it is read. */
function Caption({ picture, onDescribe }: { picture: Picture } & Pick<Props, 'onDescribe'>) {
  if (!onDescribe) {
    return picture.caption ? (
      <p className="max-w-2xl text-center text-sm text-white">{picture.caption}</p>
    ) : null
  }
  const keep = (text: string) => text.trim() !== picture.caption && onDescribe(picture.id, text.trim())
  return (
    <input
      aria-label="Caption"
      defaultValue={picture.caption}
      maxLength={MOST_LETTERS}
      placeholder="Add a caption…"
      onBlur={event => keep(event.target.value)}
      onKeyDown={event => {
        if (event.key === 'Enter') event.currentTarget.blur()
        if (event.key !== 'Escape') return
        // The first Escape gives up what was written, the next closes the picture.
        event.stopPropagation()
        event.currentTarget.value = picture.caption
        event.currentTarget.blur()
      }}
      className="w-full max-w-2xl rounded-lg border border-transparent bg-black/40 px-3 py-2 text-center text-sm text-white outline-none placeholder:text-white/60 hover:border-white/30 focus:border-white/60"
    />
  )
}
