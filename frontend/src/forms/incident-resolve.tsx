import { useState } from 'react'
import { toast } from 'sonner'
import { actOnIncidents, useIncidentVerb } from '@/api/incidents'
import { sentenceOf } from '@/api/problem'
import { Consequences } from '@/forms/instance-act'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'

interface Props {
  ids: readonly string[]
  isOpen: boolean
  onClose: () => void
  onDone?: () => void
}

/** Say that one or several are over, and why. */
export function IncidentResolveDialog({ ids, isOpen, onClose, onDone }: Props) {
  const many = ids.length === 1 ? 'incident' : `${ids.length} incidents`
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={`Resolve ${many}?`}>
      <ResolveForm ids={ids} many={many} onClose={onClose} onDone={onDone} />
    </Dialog>
  )
}

type FormProps = Pick<Props, 'ids' | 'onClose'> & { many: string; onDone: (() => void) | undefined }

function ResolveForm({ ids, many, onClose, onDone }: FormProps) {
  const [text, setText] = useState('')
  const verb = useIncidentVerb((words: string) =>
    actOnIncidents({ ids: [...ids], act: 'resolve', text: words }),
  )
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        verb.mutate(text, {
          onSuccess: ({ changed }) => {
            toast.success(changed === 1 ? '1 incident is resolved' : `${changed} incidents are resolved`)
            onDone?.()
            onClose()
          },
        })
      }}
    >
      <Field label="What came of it" hint="Optional; it stands on the timeline and goes to the channels.">
        {control => (
          <Input
            {...control}
            value={text}
            maxLength={500}
            placeholder="Closed by hand; the feed is back."
            onChange={({ target }) => setText(target.value)}
          />
        )}
      </Field>
      <div className="mt-4">
        <Consequences>
          <li>Who was told of it is told that it is over.</li>
          <li>If it comes back, a new one opens.</li>
        </Consequences>
      </div>
      <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" isBusy={verb.isPending}>
          Resolve {many}
        </Button>
      </DialogActions>
    </form>
  )
}
