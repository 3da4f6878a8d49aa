import { useState } from 'react'
import { type GrantForm, grantSupport, type SupportAccess, usePeopleVerb } from '@/api/people'
import { sentenceOf } from '@/api/problem'
import { RefusalNote } from '@/forms/refusal'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Segmented } from '@/ui/segmented'

const HOURS = ['1', '4', '24', '72'] as const

interface Props {
  /** The request that is answered; null for whoever helps. */
  access: SupportAccess | null
  isOpen: boolean
  onClose: () => void
}

export function SupportGrantDialog({ access, isOpen, onClose }: Props) {
  const [hours, setHours] = useState<(typeof HOURS)[number]>('4')
  const [reach, setReach] = useState<'read' | 'act'>('read')
  const verb = usePeopleVerb((body: GrantForm) => grantSupport(access?.id ?? null, body))
  const grant = () =>
    verb.mutate(
      { hours: Number(hours) as GrantForm['hours'], mayAct: reach === 'act' },
      { onSuccess: onClose },
    )
  return (
    <Dialog
      isOpen={isOpen}
      onClose={onClose}
      title={`Let ${access?.operator ?? 'support'} in`}
      description="It ends by itself, or when you end it. Each look is on your record under Activity."
    >
      <div className="space-y-4">
        <Segmented
          label="For how long"
          options={HOURS.map(value => ({ value, label: value === '1' ? '1 hour' : `${value} hours` }))}
          value={hours}
          onChange={setHours}
        />
        <Segmented
          label="How far"
          options={[
            { value: 'read', label: 'May look' },
            { value: 'act', label: 'May look and act' },
          ]}
          value={reach}
          onChange={setReach}
        />
        <RefusalNote text={verb.error ? sentenceOf(verb.error) : undefined} />
      </div>
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="primary" isBusy={verb.isPending} onClick={grant}>
          Let in
        </Button>
      </DialogActions>
    </Dialog>
  )
}
