import { CirclePlay, Ellipsis, LogOut, MoveRight, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { toast } from 'sonner'
import type { Host } from '@/api/operator-records'
import { activateHost, useOperatorVerb } from '@/api/operator-verbs'
import { sentenceOf } from '@/api/problem'
import { HostDrainDialog } from '@/forms/host-drain'
import { HostEvacuateDialog } from '@/forms/host-evacuate'
import { HostForgetDialog } from '@/forms/host-forget'
import { Button } from '@/ui/button'
import { Menu, MenuItem, MenuLine } from '@/ui/menu'

export function HostMenu({ host }: { host: Host }) {
  const [asked, setAsked] = useState<'drain' | 'evacuate' | 'forget' | null>(null)
  const activate = useOperatorVerb((id: string) => activateHost(id))
  const takeBack = () =>
    activate.mutate(host.id, {
      onSuccess: () => toast.success(`${host.name} takes EAs again`),
      onError: error => toast.error(sentenceOf(error)),
    })
  const props = { host, onClose: () => setAsked(null) }
  const isDraining = host.state === 'draining'
  const isDown = host.state === 'lost' || host.state === 'gone'
  return (
    <>
      <Menu
        trigger={
          <Button size="icon" variant="ghost" aria-label={`Actions of ${host.name}`}>
            <Ellipsis />
          </Button>
        }
      >
        {isDraining ? (
          <MenuItem onSelect={takeBack}>
            <CirclePlay /> Take EAs again
          </MenuItem>
        ) : (
          <MenuItem
            onSelect={() => setAsked('drain')}
            disabledReason={host.state === 'gone' ? 'It is gone.' : undefined}
          >
            <LogOut /> Drain
          </MenuItem>
        )}
        <MenuItem
          onSelect={() => setAsked('evacuate')}
          disabledReason={isDraining ? undefined : 'Drain it first, so that nothing new comes to it.'}
        >
          <MoveRight /> Move its EAs now
        </MenuItem>
        <MenuLine />
        <MenuItem
          isDanger
          onSelect={() => setAsked('forget')}
          disabledReason={isDown ? undefined : 'Only a host that is lost can be taken out.'}
        >
          <Trash2 /> Take out
        </MenuItem>
      </Menu>
      <HostDrainDialog {...props} isOpen={asked === 'drain'} />
      <HostEvacuateDialog {...props} isOpen={asked === 'evacuate'} />
      <HostForgetDialog {...props} isOpen={asked === 'forget'} />
    </>
  )
}
