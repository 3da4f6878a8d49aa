import type { ReactNode } from 'react'
import { useForm } from 'react-hook-form'
import { toast } from 'sonner'
import { useOperatorVerb } from '@/api/operator-verbs'
import type { EaVersion } from '@/api/release-records'
import { approveVersion, refuseVersion, releaseVersion, withdrawVersion } from '@/api/release-verbs'
import type { Decision } from '@/components/release/states'
import { Consequences } from '@/forms/instance-act'
import { RefusalNote, showRefusal } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'

interface Props {
  version: EaVersion
  decision: Decision
  isOpen: boolean
  onClose: () => void
}

interface Words {
  verb: string
  done: string
  /** What is asked for, and whether it must be said. */
  ask?: { label: string; hint: string; isNeeded: boolean }
  says: (version: EaVersion) => ReactNode
}

const WORDS: Record<Decision, Words> = {
  approve: {
    verb: 'Approve',
    done: 'is approved',
    ask: { label: 'Note', hint: 'Stands in the record.', isNeeded: false },
    says: () => (
      <>
        <li>You have read the source and looked at its trial. Your name stands under it.</li>
        <li>Nobody can deploy it yet: release it after this.</li>
      </>
    ),
  },
  refuse: {
    verb: 'Refuse',
    done: 'is refused',
    ask: { label: 'Why', hint: 'For who uploaded it.', isNeeded: true },
    says: () => <li>It is not released. Its author may upload this number again with other code.</li>,
  },
  release: {
    verb: 'Release',
    done: 'is released',
    says: version => (
      <>
        <li>Customers deploy {version.version} from now on.</li>
        <li>What runs an older version goes on with it.</li>
      </>
    ),
  },
  withdraw: {
    verb: 'Withdraw',
    done: 'is withdrawn',
    ask: { label: 'Why', hint: 'Stands in the record.', isNeeded: true },
    says: version => (
      <>
        <li>Nobody deploys it any more, and none of it that is stopped starts again.</li>
        <li>
          {version.active === 0
            ? 'No EA runs on it.'
            : `${version.active} EAs run on it, and go on. Stop them where it must end.`}
        </li>
      </>
    ),
  },
}

export const decisionVerb = (decision: Decision): string => WORDS[decision].verb

/** Approve, refuse, release or withdraw a version, with what follows from it. */
export function EaDecideDialog({ version, decision, isOpen, onClose }: Props) {
  const title = `${WORDS[decision].verb} ${version.name} ${version.version}?`
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={title}>
      <DecideForm version={version} decision={decision} onClose={onClose} />
    </Dialog>
  )
}

const send = (id: string, decision: Decision, reason: string) => {
  switch (decision) {
    case 'approve':
      return approveVersion(id, reason)
    case 'refuse':
      return refuseVersion(id, reason)
    case 'release':
      return releaseVersion(id)
    case 'withdraw':
      return withdrawVersion(id, reason)
  }
}

function DecideForm({ version, decision, onClose }: Omit<Props, 'isOpen'>) {
  const words = WORDS[decision]
  const form = useForm({ defaultValues: { reason: '' } })
  const verb = useOperatorVerb((reason: string) => send(version.id, decision, reason))
  const done = () => {
    toast.success(`${version.name} ${version.version} ${words.done}`)
    onClose()
  }
  const submit = form.handleSubmit(({ reason }) =>
    verb.mutate(reason, { onSuccess: done, onError: error => showRefusal(form, error) }),
  )
  const { errors } = form.formState
  const isDanger = decision === 'refuse' || decision === 'withdraw'
  return (
    <form noValidate onSubmit={event => void submit(event)}>
      <Consequences>{words.says(version)}</Consequences>
      {words.ask && (
        <Field label={words.ask.label} hint={words.ask.hint} error={errors.reason?.message} className="mt-4">
          {control => (
            <Input
              {...control}
              {...form.register('reason', {
                required: words.ask?.isNeeded ? 'Say why.' : false,
                maxLength: { value: 500, message: 'At most 500 characters.' },
              })}
            />
          )}
        </Field>
      )}
      <RefusalNote text={errors.root?.message} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant={isDanger ? 'danger' : 'primary'} isBusy={verb.isPending}>
          {words.verb}
        </Button>
      </DialogActions>
    </form>
  )
}
