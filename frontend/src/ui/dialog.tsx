import { X } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import type { ReactNode } from 'react'
import { Button } from '@/ui/button'
import { cx } from '@/ui/cx'

interface Props {
  isOpen: boolean
  onClose: () => void
  title: ReactNode
  description?: ReactNode
  /** A drawer stands at the right edge and leaves the list beside it readable. */
  kind?: 'dialog' | 'drawer'
  isWide?: boolean
  children: ReactNode
}

const PLACES = {
  dialog:
    'inset-x-0 bottom-0 max-h-[92dvh] rounded-t-2xl sm:inset-auto sm:top-1/2 sm:left-1/2 sm:max-h-[86dvh] sm:w-full sm:max-w-lg sm:-translate-x-1/2 sm:-translate-y-1/2 sm:rounded-2xl',
  drawer: 'inset-y-0 right-0 w-full max-w-md animate-slide border-l',
}

export function Dialog({ isOpen, onClose, title, description, kind = 'dialog', isWide, children }: Props) {
  return (
    <Radix.Root open={isOpen} onOpenChange={open => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay
          className={cx(
            'fixed inset-0 z-50',
            kind === 'drawer' ? 'bg-black/35' : 'bg-shade backdrop-blur-[2px]',
          )}
        />
        <Radix.Content
          onOpenAutoFocus={focusFirstField}
          {...(description ? {} : { 'aria-describedby': undefined })}
          className={cx(
            'fixed z-50 flex flex-col border border-line-strong bg-surface shadow-pop outline-none',
            PLACES[kind],
            isWide && 'sm:max-w-2xl',
          )}
        >
          <header className="flex items-start gap-3 px-5 pt-5 pb-3">
            <div className="min-w-0 flex-1">
              <Radix.Title className="font-semibold text-base text-ink">{title}</Radix.Title>
              {description && (
                <Radix.Description className="mt-1 text-muted text-sm">{description}</Radix.Description>
              )}
            </div>
            <Radix.Close asChild>
              <Button variant="ghost" size="icon" aria-label="Close" className="-mt-1 -mr-2">
                <X />
              </Button>
            </Radix.Close>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 pb-5">{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

/** A dialog with a form is there to be filled in: begin at its first field, not at the close button. */
function focusFirstField(event: Event): void {
  const dialog = event.currentTarget
  if (!(dialog instanceof HTMLElement)) return
  const field = dialog.querySelector<HTMLElement>('form input, form select')
  if (!field) return
  event.preventDefault()
  field.focus()
}

/** The row of buttons that ends a dialog's form. */
export function DialogActions({ children }: { children: ReactNode }) {
  return <div className="mt-6 flex flex-wrap justify-end gap-2">{children}</div>
}
