import { ChevronLeft, ChevronRight, X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import type { KeyboardEvent } from 'react'

interface Props {
  urls: readonly string[]
  /** Which of them is open; -1 for none. */
  at: number
  onMove: (index: number) => void
  onClose: () => void
}

const ROUND =
  'grid size-10 place-items-center rounded-full bg-black/50 text-white hover:bg-black/75 [&_svg]:size-5'

/** A picture as large as the screen; arrow keys go on, Escape closes. */
export function Lightbox({ urls, at, onMove, onClose }: Props) {
  const url = urls[at]
  const step = (way: number) => onMove((at + way + urls.length) % urls.length)
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowRight') step(1)
    else if (event.key === 'ArrowLeft') step(-1)
  }
  return (
    <Radix.Root open={url !== undefined} onOpenChange={isOpen => !isOpen && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-[80] bg-black/85 backdrop-blur-sm" />
        <Radix.Content
          aria-describedby={undefined}
          onKeyDown={onKeyDown}
          className="fixed inset-0 z-[80] grid place-items-center p-4 outline-none sm:p-10"
        >
          <Radix.Title className="sr-only">
            Screenshot {at + 1} of {urls.length}
          </Radix.Title>
          {url && (
            <img
              src={url}
              alt={`Screenshot ${at + 1}`}
              className="max-h-full max-w-full rounded-lg object-contain"
            />
          )}
          <Radix.Close aria-label="Close" className={`${ROUND} absolute top-4 right-4`}>
            <X aria-hidden />
          </Radix.Close>
          {urls.length > 1 && (
            <>
              <button
                type="button"
                aria-label="Previous screenshot"
                onClick={() => step(-1)}
                className={`${ROUND} absolute left-4`}
              >
                <ChevronLeft aria-hidden />
              </button>
              <button
                type="button"
                aria-label="Next screenshot"
                onClick={() => step(1)}
                className={`${ROUND} absolute right-4`}
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
