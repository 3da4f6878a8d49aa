import { toast } from 'sonner'
import { sentenceOf } from '@/api/problem'
import { type Rule, removeRule, useRuleVerb } from '@/api/rules'
import { Consequences } from '@/forms/instance-act'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'

interface Props {
  rule: Rule
  isOpen: boolean
  onClose: () => void
}

export function RuleRemoveDialog({ rule, isOpen, onClose }: Props) {
  const verb = useRuleVerb((_: null) => removeRule(rule.id))
  const remove = () =>
    verb.mutate(null, {
      onSuccess: () => {
        toast.success(`${rule.name} is removed`)
        onClose()
      },
    })
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title={`Remove ${rule.name}?`}>
      <Consequences>
        <li>Nothing is watched by it any more, and what it paused stays paused.</li>
        <li>
          {rule.firing === 0 ? 'It has nothing open.' : `What it has open (${rule.firing}) is resolved.`}
        </li>
        <li>Its incidents stay to be read.</li>
      </Consequences>
      <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Keep it</Button>
        <Button variant="danger" isBusy={verb.isPending} onClick={remove}>
          Remove rule
        </Button>
      </DialogActions>
    </Dialog>
  )
}
