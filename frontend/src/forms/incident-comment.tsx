import { useState } from 'react'
import { commentIncident, useIncidentVerb } from '@/api/incidents'
import { sentenceOf } from '@/api/problem'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Input } from '@/ui/input'

/** Say something on an incident's timeline. */
export function IncidentComment({ id, reason }: { id: string; reason: string | undefined }) {
  const [text, setText] = useState('')
  const verb = useIncidentVerb((words: string) => commentIncident(id, words))
  const isEmpty = text.trim() === ''
  return (
    <form
      className="border-line border-t p-4"
      onSubmit={event => {
        event.preventDefault()
        verb.mutate(text, { onSuccess: () => setText('') })
      }}
    >
      <div className="flex gap-2">
        <Input
          aria-label="Comment"
          placeholder="Say something about it…"
          value={text}
          maxLength={500}
          onChange={({ target }) => setText(target.value)}
        />
        <Button
          type="submit"
          isBusy={verb.isPending}
          disabledReason={reason ?? (isEmpty ? 'Write what there is to say.' : undefined)}
        >
          Comment
        </Button>
      </div>
      <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
    </form>
  )
}
