import type { ReactNode } from 'react'
import { useForm } from 'react-hook-form'
import { toast } from 'sonner'
import {
  challenge,
  type ModelDetail,
  type ModelVersion,
  promote,
  retire,
  retrain,
  rollBackModel,
  useModelVerb,
} from '@/api/models'
import type { ModelAct } from '@/components/brain/version-acts'
import { Consequences } from '@/forms/instance-act'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'

interface AskProps {
  title: string
  verb: string
  done: string
  isDanger?: boolean
  /** null: nothing is asked for. */
  reason: { label: string; isNeeded: boolean; most: number } | null
  consequences: ReactNode
  send: (reason: string) => Promise<unknown>
  onClose: () => void
}

/** Ask whether it is meant, with what follows from it, and for the reason that stands in the record. */
function Ask({ title, verb, done, isDanger, reason, consequences, send, onClose }: AskProps) {
  const form = useForm({ defaultValues: { reason: '' } })
  const sending = useModelVerb(send)
  const submit = form.handleSubmit(said =>
    sending.mutate(said.reason, {
      onSuccess: () => {
        toast.success(done)
        onClose()
      },
      onError: error => showRefusal(form, error),
    }),
  )
  const { errors } = form.formState
  return (
    <Dialog isOpen onClose={onClose} title={title}>
      <form noValidate onSubmit={event => void submit(event)}>
        <Consequences>{consequences}</Consequences>
        {reason && (
          <Field
            label={reason.label}
            hint="Stands in the record."
            error={errors.reason?.message}
            className="mt-4"
          >
            {control => (
              <Input
                {...control}
                {...form.register('reason', {
                  required: reason.isNeeded ? 'Say why.' : false,
                  maxLength: { value: reason.most, message: `At most ${reason.most} characters.` },
                })}
              />
            )}
          </Field>
        )}
        <RefusalNote text={errors.root?.message} />
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant={isDanger ? 'danger' : 'primary'} isBusy={sending.isPending}>
            {verb}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}

interface VersionProps {
  model: ModelDetail
  version: ModelVersion
  act: ModelAct
  onClose: () => void
}

export const ACT_WORDS: Record<ModelAct, string> = {
  challenge: 'Make challenger',
  promote: 'Promote',
  retire: 'Retire',
}

/** Promote, challenge or retire a version. */
export function VersionActDialog({ model, version, act, onClose }: VersionProps) {
  const name = `${model.name} ${version.number}`
  const { champion, challenger } = model
  switch (act) {
    case 'promote':
      return (
        <Ask
          title={`Promote ${name} to champion?`}
          verb="Promote"
          done={`${name} is the champion`}
          reason={{ label: 'Note', isNeeded: false, most: 500 }}
          send={note => promote(version.id, note)}
          onClose={onClose}
          consequences={
            <>
              <li>From now on EAs that ask get its signals.</li>
              <li>
                {champion
                  ? `Version ${champion.number} is retired; a roll-back brings it back.`
                  : 'Until now nobody spoke for this model, and EAs went by their own rule.'}
              </li>
              <li>Signals that were given stay as they are.</li>
            </>
          }
        />
      )
    case 'challenge':
      return (
        <Ask
          title={`Make ${name} the challenger?`}
          verb="Make challenger"
          done={`${name} is the challenger`}
          reason={null}
          send={() => challenge(version.id)}
          onClose={onClose}
          consequences={
            <>
              <li>It is asked whenever the champion is, kept and scored, and handed out to nobody.</li>
              {challenger && <li>Version {challenger.number} gives its place up.</li>}
            </>
          }
        />
      )
    case 'retire':
      return (
        <Ask
          title={`Retire ${name}?`}
          verb="Retire"
          done={`${name} is retired`}
          isDanger
          reason={{ label: 'Why', isNeeded: true, most: 200 }}
          send={reason => retire(version.id, reason)}
          onClose={onClose}
          consequences={
            version.state === 'champion' ? (
              <>
                <li>Nobody speaks for this model then: EAs that ask go by their own rule.</li>
                <li>A roll-back, or a promotion, makes a champion again.</li>
              </>
            ) : (
              <li>It is asked nothing any more. It may be promoted again.</li>
            )
          }
        />
      )
  }
}

interface ModelProps {
  model: ModelDetail
  onClose: () => void
}

/** Bring the last champion back. */
export function RollBackDialog({ model, onClose }: ModelProps) {
  return (
    <Ask
      title={`Roll ${model.name} back?`}
      verb="Roll back"
      done={`${model.name} is rolled back`}
      isDanger
      reason={{ label: 'Why', isNeeded: true, most: 200 }}
      send={reason => rollBackModel(model.id, reason)}
      onClose={onClose}
      consequences={
        <>
          <li>
            The champion before {model.champion ? `version ${model.champion.number}` : 'it'} speaks again, at
            once.
          </li>
          <li>Signals that were given stay as they are, with the version that gave them.</li>
        </>
      }
    />
  )
}

/** Train it again on the newest prices, now. */
export function RetrainDialog({ model, onClose }: ModelProps) {
  return (
    <Ask
      title={`Train ${model.name} again?`}
      verb="Train"
      done={`${model.name} is being trained`}
      reason={{ label: 'Why', isNeeded: true, most: 200 }}
      send={reason => retrain(model.id, reason)}
      onClose={onClose}
      consequences={
        <>
          <li>A worker makes a new version of the newest prices of {model.recipe.server}.</li>
          <li>
            {model.promotesByItself
              ? 'If it passes its gate it becomes the champion by itself.'
              : 'It becomes no champion before a person promotes it.'}
          </li>
        </>
      }
    />
  )
}
