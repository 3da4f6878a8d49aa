import { FileUp } from 'lucide-react'
import { type DragEvent, type ReactNode, useRef, useState } from 'react'
import { cx } from '@/ui/cx'

interface Props {
  onFile: (file: File) => void
  accept: string
  title: ReactNode
  children?: ReactNode
  className?: string
}

/** A place to drop a file on, or to choose one by click or key. The first of several is taken. */
export function DropZone({ onFile, accept, title, children, className }: Props) {
  const [isOver, setOver] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const take = (files: FileList | null) => {
    const file = files?.[0]
    if (file) onFile(file)
  }
  const onDrop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    take(event.dataTransfer.files)
  }
  return (
    <div className={className}>
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
          'flex w-full items-center gap-4 rounded-xl border border-line-strong border-dashed px-5 py-5 text-left transition-colors hover:border-accent hover:bg-accent-soft/40',
          isOver && 'border-accent bg-accent-soft',
        )}
      >
        <span className="pointer-events-none grid size-10 shrink-0 place-items-center rounded-lg bg-hover text-accent">
          <FileUp aria-hidden className="size-5" />
        </span>
        <span className="pointer-events-none min-w-0">
          <span className="block font-medium text-ink text-sm">{title}</span>
          {children && <span className="mt-0.5 block text-muted text-xs">{children}</span>}
        </span>
      </button>
      <input
        ref={input}
        type="file"
        accept={accept}
        tabIndex={-1}
        aria-hidden
        className="hidden"
        onChange={event => {
          take(event.target.files)
          // The same file may be chosen again, after it was mended.
          event.target.value = ''
        }}
      />
    </div>
  )
}
