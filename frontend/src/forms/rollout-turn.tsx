import type { ReactNode } from 'react'
import { useForm } from 'react-hook-form'
import { toast } from 'sonner'
import type { Rollout } from '@/api/operator-records'
import { promoteRollout, rollBack, stopRollout, useOperatorVerb } from '@/api/operator-verbs'
import { Consequences } from '@/forms/instance-act'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'

export type Turn = 'promote' | 'rollBack' | 'stop'

interface Words {
  title: string
  act: string
  keep: string
  done: string
  hint: string
  isDanger?: boolean
  verb: (id: string, reason: string) => Promise<unknown>
  follows: (rollout: Rollout) => ReactNode
}

const TURNS: Record<Turn, Words> = {
  promote: {
    title: 'Promote now?',
    act: 'Promote',
    keep: 'Go on watching',
    done: 'All others follow',
    hint: 'It stands in the log of decisions.',
    verb: promoteRollout,
    follows: row => (
      <>
        <li>{row.left} EAs follow in waves, each twice as large as what moved before, at most fifty.</li>
        <li>New deployments get {row.toVersion} from now on.</li>
        <li>All of them are held to the limits until the end: one beyond them takes everything back.</li>
      </>
    ),
  },
  rollBack: {
    title: 'Roll back now?',
    act: 'Roll back',
    keep: 'Keep the version',
    done: 'Everything goes back',
    hint: 'Customers whose EAs go back are told this.',
    isDanger: true,
    verb: rollBack,
    follows: row => (
      <>
        <li>{row.moved - row.back} EAs get back their version and inputs of before, at once.</li>
        <li>Their positions stay open with the stops that the broker has.</li>
        <li>What their owners changed in the inputs since is undone with it.</li>
      </>
    ),
  },
  stop: {
    title: 'Stop the rollout?',
    act: 'Stop',
    keep: 'Let it go on',
    done: 'Every EA stays as it is',
    hint: 'It stands in the log of decisions.',
    verb: stopRollout,
    follows: row => (
      <>
        <li>Every EA stays as it is now: {row.moved - row.back} have the new version.</li>
        <li>Nobody watches the limits any more.</li>
        <li>You can roll back later, or start anew for the rest.</li>
      </>
    ),
  },
}

interface Props {
  rollout: Rollout
  turn: Turn | null
  onClose: () => void
}

export function RolloutTurnDialog({ rollout, turn, onClose }: Props) {
  return (
    <Dialog isOpen={turn !== null} onClose={onClose} title={turn ? TURNS[turn].title : ''}>
      {turn && <TurnForm rollout={rollout} words={TURNS[turn]} onClose={onClose} />}
    </Dialog>
  )
}

function TurnForm({ rollout, words, onClose }: { rollout: Rollout; words: Words; onClose: () => void }) {
  const form = useForm({ defaultValues: { reason: '' } })
  const verb = useOperatorVerb((reason: string) => words.verb(rollout.id, reason))
  const done = () => {
    toast.success(words.done)
    onClose()
  }
  const submit = form.handleSubmit(({ reason }) =>
    verb.mutate(reason, { onSuccess: done, onError: error => showRefusal(form, error) }),
  )
  const { errors } = form.formState
  return (
    <form noValidate onSubmit={event => void submit(event)}>
      <Consequences>{words.follows(rollout)}</Consequences>
      <Field label="Why" hint={words.hint} error={errors.reason?.message} className="mt-4">
        {control => (
          <Input
            {...control}
            {...form.register('reason', {
              maxLength: { value: 300, message: 'At most 300 characters.' },
              minLength: words.isDanger
                ? { value: 3, message: 'Say why: customers read it.' }
                : { value: 0, message: '' },
              required: words.isDanger ? 'Say why: customers read it.' : false,
            })}
          />
        )}
      </Field>
      <RefusalNote text={errors.root?.message} />
      <DialogActions>
        <Button onClick={onClose}>{words.keep}</Button>
        <Button type="submit" variant={words.isDanger ? 'danger' : 'primary'} isBusy={verb.isPending}>
          {words.act}
        </Button>
      </DialogActions>
    </form>
  )
}
