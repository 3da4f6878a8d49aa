import { useMutation, useQueryClient } from '@tanstack/react-query'
import { CircleAlert, CircleCheck } from 'lucide-react'
import { useState } from 'react'
import { type BoardRow, type BulkOutcome, pauseMany, resumeMany } from '@/api/board'
import { sentenceOf } from '@/api/problem'
import { PAUSE_MODES, type PauseMode } from '@/components/instance/pause-words'
import { count } from '@/format/volume'
import { Consequences } from '@/forms/instance-act'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input, Select } from '@/ui/input'

export type BoardAct = 'pause' | 'resume'

/** The hub moves so many accounts' EAs in one answer. */
export const MOST_AT_ONCE = 500

interface Props {
  act: BoardAct
  rows: readonly BoardRow[]
  onClose: () => void
}

/** Pause or resume all EAs of these accounts; then what became of each account. */
export function BoardActDialog({ act, rows, onClose }: Props) {
  const accounts = rows.length === 1 ? (rows[0]?.label ?? '') : `${count(rows.length)} accounts`
  return (
    <Dialog isOpen onClose={onClose} title={`${act === 'pause' ? 'Pause' : 'Resume'} the EAs of ${accounts}`}>
      <Act act={act} rows={rows} onClose={onClose} />
    </Dialog>
  )
}

function Act({ act, rows, onClose }: Props) {
  const [mode, setMode] = useState<PauseMode>('hold')
  const [reason, setReason] = useState('')
  const cache = useQueryClient()
  const ids = rows.map(row => row.id)
  const verb = useMutation({
    mutationFn: () => (act === 'pause' ? pauseMany(ids, mode, reason.trim()) : resumeMany(ids)),
    onSettled: () => {
      for (const name of ['instances', 'fleet', 'accounts', 'board', 'audit'])
        void cache.invalidateQueries({ queryKey: [name] })
    },
  })
  if (verb.data) return <Outcomes found={verb.data} act={act} onClose={onClose} />
  const isClosing = act === 'pause' && mode === 'flatten'
  return (
    <form
      className="space-y-4"
      onSubmit={event => {
        event.preventDefault()
        verb.mutate()
      }}
    >
      {act === 'pause' && (
        <>
          <Field label="How" hint={PAUSE_MODES[mode].says}>
            {control => (
              <Select {...control} value={mode} onChange={event => setMode(event.target.value as PauseMode)}>
                {Object.entries(PAUSE_MODES).map(([name, words]) => (
                  <option key={name} value={name}>
                    {words.label}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <Field label="Why (optional)">
            {control => (
              <Input
                {...control}
                value={reason}
                maxLength={300}
                placeholder="News at 14:30"
                onChange={event => setReason(event.target.value)}
              />
            )}
          </Field>
        </>
      )}
      <Consequences>
        {act === 'pause' ? (
          <>
            <li>Every EA that runs on these accounts is paused. What is paused or stopped stays as it is.</li>
            <li>Nothing but a person resumes them.</li>
          </>
        ) : (
          <>
            <li>
              Every EA that is paused on these accounts trades again, also what somebody else has paused.
            </li>
            <li>What was stopped stays stopped.</li>
          </>
        )}
      </Consequences>
      <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant={isClosing ? 'danger' : 'primary'} isBusy={verb.isPending}>
          {isClosing ? 'Close positions and pause' : act === 'pause' ? 'Pause' : 'Resume'}
        </Button>
      </DialogActions>
    </form>
  )
}

function Outcomes({
  found,
  act,
  onClose,
}: {
  found: readonly BulkOutcome[]
  act: BoardAct
  onClose: () => void
}) {
  const moved = found.filter(one => one.eas > 0)
  const others = found.length - moved.length
  return (
    <>
      <ul aria-label="What became of each account" className="divide-y divide-line text-sm">
        {moved
          .toSorted((one, two) => two.refused.length - one.refused.length)
          .map(one => (
            <li key={one.accountId} className="py-2">
              <p className="flex items-center gap-2">
                <Sign isWell={one.refused.length === 0} />
                <span className="truncate font-medium">{one.label}</span>
                <span className="ml-auto whitespace-nowrap text-muted">{wordsOf(one, act)}</span>
              </p>
              {one.refused.map(sentence => (
                <p key={sentence} className="mt-0.5 pl-6 text-loss text-xs">
                  {sentence}
                </p>
              ))}
            </li>
          ))}
      </ul>
      {others > 0 && (
        <p className="mt-2 text-muted text-sm">
          On {others === 1 ? '1 account' : `${count(others)} accounts`} no EA{' '}
          {act === 'pause' ? 'was running' : 'was paused'}.
        </p>
      )}
      <DialogActions>
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      </DialogActions>
    </>
  )
}

function Sign({ isWell }: { isWell: boolean }) {
  if (!isWell) return <CircleAlert aria-hidden className="size-4 shrink-0 text-loss" />
  return <CircleCheck aria-hidden className="size-4 shrink-0 text-profit" />
}

function wordsOf({ eas, done }: BulkOutcome, act: BoardAct): string {
  const deed = act === 'pause' ? 'paused' : 'resumed'
  return done === eas ? `${count(done)} ${deed}` : `${count(done)} of ${count(eas)} ${deed}`
}
