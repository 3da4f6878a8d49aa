import { BellOff, ChevronDown } from 'lucide-react'
import { useState } from 'react'
import { toast } from 'sonner'
import { snoozeIncident, useIncidentVerb } from '@/api/incidents'
import { sentenceOf } from '@/api/problem'
import { serverNow } from '@/api/server-clock'
import { moment } from '@/format/time'
import { UntilDialog } from '@/forms/until-dialog'
import { Button } from '@/ui/button'
import { Menu, MenuItem, MenuLabel, MenuLine } from '@/ui/menu'

const SPANS = [
  ['15 minutes', 15],
  ['1 hour', 60],
  ['8 hours', 480],
] as const

/** Tell nobody of an incident for a while. */
export function IncidentSnooze({ id, reason }: { id: string; reason: string | undefined }) {
  const [isAsking, setAsking] = useState(false)
  const verb = useIncidentVerb((until: Date) => snoozeIncident(id, until))
  const snooze = (until: Date) =>
    verb.mutate(until, {
      onSuccess: () => {
        setAsking(false)
        toast.success(`Quiet until ${moment(until, new Date())}`)
      },
      onError: error => isAsking || toast.error(sentenceOf(error)),
    })
  const trigger = (
    <Button disabledReason={reason} isBusy={verb.isPending}>
      <BellOff /> Snooze <ChevronDown />
    </Button>
  )
  if (reason) return trigger
  return (
    <>
      <Menu trigger={trigger}>
        <MenuLabel>Tell nobody for</MenuLabel>
        {SPANS.map(([label, minutes]) => (
          <MenuItem key={label} onSelect={() => snooze(new Date(serverNow() + minutes * 60_000))}>
            {label}
          </MenuItem>
        ))}
        <MenuLine />
        <MenuItem onSelect={() => setAsking(true)}>Until a date…</MenuItem>
      </Menu>
      <UntilDialog
        title="Snooze until"
        act="Snooze"
        hint="If it still lasts, it is told again."
        isOpen={isAsking}
        isBusy={verb.isPending}
        error={verb.error ? sentenceOf(verb.error) : undefined}
        onClose={() => setAsking(false)}
        onUntil={snooze}
      />
    </>
  )
}
