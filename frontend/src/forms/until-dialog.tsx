import { useState } from 'react'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'

interface Props {
  title: string
  /** The button's word. */
  act: string
  hint: string
  isOpen: boolean
  isBusy: boolean
  error: string | undefined
  onClose: () => void
  onUntil: (until: Date) => void
}

/** Choose day and time until when something holds. */
export function UntilDialog({ title, isOpen, onClose, ...rest }: Props) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={title}>
      <UntilForm onClose={onClose} {...rest} />
    </Dialog>
  )
}

function UntilForm({ act, hint, isBusy, error, onClose, onUntil }: Omit<Props, 'title' | 'isOpen'>) {
  const [text, setText] = useState('')
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        onUntil(new Date(text))
      }}
    >
      <Field label="Until" hint={`On your clock, at most 30 days from now. ${hint}`}>
        {control => (
          <Input
            {...control}
            type="datetime-local"
            value={text}
            onChange={({ target }) => setText(target.value)}
          />
        )}
      </Field>
      <RefusalNote text={error} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          type="submit"
          variant="primary"
          isBusy={isBusy}
          disabledReason={Number.isNaN(Date.parse(text)) ? 'Choose day and time.' : undefined}
        >
          {act}
        </Button>
      </DialogActions>
    </form>
  )
}
