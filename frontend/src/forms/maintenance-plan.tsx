import { useState } from 'react'
import { toast } from 'sonner'
import { planMaintenance, useMaintenanceVerb } from '@/api/maintenance'
import { sentenceOf } from '@/api/problem'
import { serverNow } from '@/api/server-clock'
import { localInput } from '@/format/time'
import { Consequences } from '@/forms/instance-act'
import { RefusalNote } from '@/forms/refusal'
import { ScopeFields, type ScopeWish } from '@/forms/scope-fields'
import { Button } from '@/ui/button'
import { Dialog, DialogActions } from '@/ui/dialog'
import { Field } from '@/ui/field'
import { Input } from '@/ui/input'

const SCOPES = ['tenant', 'group', 'account', 'instance', 'host'] as const
const HOUR_MS = 3_600_000

export function MaintenanceDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title="Plan maintenance">
      <PlanForm onClose={onClose} />
    </Dialog>
  )
}

function PlanForm({ onClose }: { onClose: () => void }) {
  const [wish, setWish] = useState<ScopeWish>({ scope: 'tenant', scopeId: null })
  const [from, setFrom] = useState(() => localInput(new Date(serverNow())))
  const [to, setTo] = useState(() => localInput(new Date(serverNow() + HOUR_MS)))
  const [reason, setReason] = useState('')
  const plan = useMaintenanceVerb(planMaintenance)
  const isTimed = !Number.isNaN(Date.parse(from)) && !Number.isNaN(Date.parse(to))
  return (
    <form
      className="space-y-4"
      onSubmit={event => {
        event.preventDefault()
        const startsAt = new Date(from).toISOString()
        plan.mutate(
          { ...wish, reason, startsAt, endsAt: new Date(to).toISOString() },
          {
            onSuccess: () => {
              toast.success('Maintenance is planned')
              onClose()
            },
          },
        )
      }}
    >
      <ScopeFields wish={wish} scopes={SCOPES} onChange={setWish} />
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="From" hint="On your clock.">
          {control => (
            <Input
              {...control}
              type="datetime-local"
              value={from}
              onChange={({ target }) => setFrom(target.value)}
            />
          )}
        </Field>
        <Field label="To" hint="30 days later at most.">
          {control => (
            <Input
              {...control}
              type="datetime-local"
              value={to}
              onChange={({ target }) => setTo(target.value)}
            />
          )}
        </Field>
      </div>
      <Field label="Reason" hint="Optional.">
        {control => (
          <Input
            {...control}
            value={reason}
            maxLength={200}
            placeholder="The broker moves its servers."
            onChange={({ target }) => setReason(target.value)}
          />
        )}
      </Field>
      <Consequences>
        <li>Incidents that open within it are marked as muted, and nobody is told of them.</li>
        <li>Rules judge and act all the same: nothing is paused by this, and nothing goes on unwatched.</li>
      </Consequences>
      <RefusalNote text={plan.error ? sentenceOf(plan.error) : undefined} />
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          type="submit"
          variant="primary"
          isBusy={plan.isPending}
          disabledReason={missing(wish, isTimed)}
        >
          Plan maintenance
        </Button>
      </DialogActions>
    </form>
  )
}

function missing(wish: ScopeWish, isTimed: boolean): string | undefined {
  if (wish.scope !== 'tenant' && !wish.scopeId) return 'Choose what it is about.'
  return isTimed ? undefined : 'Choose from when and to when.'
}
