import { useQueryClient } from '@tanstack/react-query'
import { ImagePlus, X } from 'lucide-react'
import { type DragEvent, useEffect, useRef, useState } from 'react'
import { toast } from 'sonner'
import { canJournal } from '@/api/can'
import type { Screenshot, TradeDetail } from '@/api/journal-records'
import { addScreenshot, describeScreenshot, removeScreenshot, screenshotUrl } from '@/api/journal-verbs'
import { sentenceOf } from '@/api/problem'
import { Lightbox } from '@/components/journal/lightbox'
import { asPicture, NotAPicture, PICTURE_TYPES, picturesOf } from '@/components/journal/pictures'
import { useMe } from '@/components/session'
import { cx } from '@/ui/cx'
import { Skeleton } from '@/ui/skeleton'

/** How long a deleted picture can be had back. */
const UNDO_MS = 6000

/** Pictures of the chart: pasted anywhere on the page, dropped here, or chosen. */
export function Screenshots({ tradeId, pictures }: { tradeId: string; pictures: readonly Screenshot[] }) {
  const { add, describe, remove, onTheirWay, hidden } = usePictures(tradeId)
  const [opened, setOpened] = useState<string | null>(null)
  const [isOver, setOver] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const isViewer = !canJournal('review', useMe()).can
  const shown = pictures.filter(picture => !hidden.has(picture.id))
  useEffect(() => {
    if (isViewer) return
    const onPaste = (event: ClipboardEvent) => {
      const files = picturesOf(event.clipboardData)
      if (files.length === 0) return
      event.preventDefault()
      void add(files)
    }
    window.addEventListener('paste', onPaste)
    return () => window.removeEventListener('paste', onPaste)
  }, [add, isViewer])
  const onDrop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    void add([...event.dataTransfer.files])
  }
  return (
    <div className="grid grid-cols-2 gap-2 sm:grid-cols-3 xl:grid-cols-2">
      {shown.map((picture, index) => (
        <figure
          key={picture.id}
          className="group relative aspect-[16/10] overflow-hidden rounded-lg border border-line"
        >
          <button
            type="button"
            aria-label={`Open screenshot ${index + 1} of ${shown.length}`}
            onClick={() => setOpened(picture.id)}
            className="block size-full outline-offset-[-2px]"
          >
            <img
              src={screenshotUrl(tradeId, picture.id)}
              alt={picture.caption || `Screenshot ${index + 1}`}
              loading="lazy"
              className="size-full object-cover"
            />
            {picture.caption && (
              <figcaption className="absolute inset-x-0 bottom-0 truncate bg-shade px-2 py-1 text-left text-white text-xs">
                {picture.caption}
              </figcaption>
            )}
          </button>
          {!isViewer && (
            <button
              type="button"
              aria-label={`Delete screenshot ${index + 1}`}
              onClick={() => remove(picture.id)}
              className="absolute top-1.5 right-1.5 grid size-6 place-items-center rounded-md bg-shade text-white opacity-0 transition-opacity focus-visible:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100"
            >
              <X aria-hidden className="size-3.5" />
            </button>
          )}
        </figure>
      ))}
      {Array.from({ length: onTheirWay }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity
        <Skeleton key={index} className="aspect-[16/10] rounded-lg" />
      ))}
      {!isViewer && (
        <button
          type="button"
          onClick={() => input.current?.click()}
          onDragOver={event => {
            event.preventDefault()
            setOver(true)
          }}
          onDragLeave={() => setOver(false)}
          onDrop={onDrop}
          className={cx(
            'flex min-h-20 flex-col items-center justify-center gap-1 rounded-lg border border-line-strong border-dashed px-3 py-4 text-center text-faint text-xs transition-colors hover:border-accent hover:text-ink',
            shown.length + onTheirWay === 0 ? 'col-span-full' : 'aspect-[16/10] py-0',
            isOver && 'border-accent bg-accent-soft text-ink',
          )}
        >
          <ImagePlus aria-hidden className="pointer-events-none size-4" />
          <span className="pointer-events-none">
            <span className="font-medium text-muted">Add a screenshot</span>
            <br />
            choose, drop, or paste
          </span>
        </button>
      )}
      <input
        ref={input}
        type="file"
        multiple
        accept={PICTURE_TYPES}
        tabIndex={-1}
        aria-hidden
        className="hidden"
        onChange={event => {
          void add([...(event.target.files ?? [])])
          event.target.value = ''
        }}
      />
      <Lightbox
        pictures={shown.map(({ id, caption }) => ({ id, caption, url: screenshotUrl(tradeId, id) }))}
        at={shown.findIndex(picture => picture.id === opened)}
        onMove={index => setOpened(shown[index]?.id ?? null)}
        onClose={() => setOpened(null)}
        onDescribe={isViewer ? undefined : (id, caption) => void describe(id, caption)}
      />
    </div>
  )
}

function usePictures(tradeId: string) {
  const cache = useQueryClient()
  const [onTheirWay, setOnTheirWay] = useState(0)
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const key = ['trades', 'one', tradeId]
  const renew = () => {
    void cache.invalidateQueries({ queryKey: ['trades', 'list'] })
    return cache.invalidateQueries({ queryKey: key })
  }
  const [add] = useState(() => async (files: readonly File[]) => {
    setOnTheirWay(count => count + files.length)
    for (const file of files) {
      try {
        const made = await addScreenshot(tradeId, await asPicture(file), file.name || 'screenshot')
        cache.setQueryData<TradeDetail>(
          key,
          detail => detail && { ...detail, screenshotList: [...detail.screenshotList, made] },
        )
      } catch (error) {
        toast.error(error instanceof NotAPicture ? error.message : sentenceOf(error))
      } finally {
        setOnTheirWay(count => count - 1)
      }
    }
    await renew()
  })
  const write = (id: string, caption: string) =>
    cache.setQueryData<TradeDetail>(
      key,
      detail =>
        detail && {
          ...detail,
          screenshotList: detail.screenshotList.map(row => (row.id === id ? { ...row, caption } : row)),
        },
    )
  const describe = async (id: string, caption: string) => {
    const before = cache.getQueryData<TradeDetail>(key)?.screenshotList.find(row => row.id === id)?.caption
    write(id, caption)
    await describeScreenshot(tradeId, id, caption).catch(error => {
      write(id, before ?? '')
      toast.error(sentenceOf(error))
    })
  }
  const show = (id: string) => setHidden(before => new Set([...before].filter(item => item !== id)))
  const remove = (id: string) => {
    setHidden(before => new Set([...before, id]))
    let isKept = false
    const settle = async () => {
      if (isKept) return
      isKept = true
      await removeScreenshot(tradeId, id).then(renew, error => {
        show(id)
        toast.error(sentenceOf(error))
      })
    }
    const undo = () => {
      isKept = true
      show(id)
    }
    toast('Screenshot deleted', {
      duration: UNDO_MS,
      action: { label: 'Undo', onClick: undo },
      onAutoClose: () => void settle(),
      onDismiss: () => void settle(),
    })
  }
  return { add, describe, remove, onTheirWay, hidden }
}
