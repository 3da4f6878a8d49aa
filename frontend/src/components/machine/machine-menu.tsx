import { Ellipsis, Pencil, ShieldOff, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { canWith, whyNot } from '@/api/can'
import type { Machine } from '@/api/machines'
import { stateAt } from '@/components/machine/machines'
import { useNow } from '@/components/now'
import { useMe } from '@/components/session'
import { MachineForgetDialog } from '@/forms/machine-forget'
import { MachineRenameDialog } from '@/forms/machine-rename'
import { MachineRevokeDialog } from '@/forms/machine-revoke'
import { Button } from '@/ui/button'
import { Menu, MenuItem, MenuLine } from '@/ui/menu'

interface Props {
  machine: Machine
  /** Once there is nothing of it any more. */
  onForgotten?: () => void
}

export function MachineMenu({ machine, onForgotten }: Props) {
  const [asked, setAsked] = useState<'rename' | 'revoke' | 'forget' | null>(null)
  const state = stateAt(machine, useNow())
  const reason = whyNot(canWith('deploy', useMe()))
  const isHeard = state === 'online' || state === 'late'
  const props = { machine, onClose: () => setAsked(null) }
  return (
    <>
      <Menu
        trigger={
          <Button size="icon" variant="ghost" aria-label={`Actions of ${machine.label}`}>
            <Ellipsis />
          </Button>
        }
      >
        <MenuItem onSelect={() => setAsked('rename')} disabledReason={reason}>
          <Pencil /> Rename
        </MenuItem>
        <MenuLine />
        <MenuItem
          isDanger
          onSelect={() => setAsked('revoke')}
          disabledReason={reason ?? (state === 'revoked' ? 'It is revoked already.' : undefined)}
        >
          <ShieldOff /> Revoke
        </MenuItem>
        <MenuItem
          isDanger
          onSelect={() => setAsked('forget')}
          disabledReason={reason ?? (isHeard ? 'It reports. Revoke it first, or stop its agent.' : undefined)}
        >
          <Trash2 /> Forget
        </MenuItem>
      </Menu>
      <MachineRenameDialog {...props} isOpen={asked === 'rename'} />
      <MachineRevokeDialog {...props} isOpen={asked === 'revoke'} />
      <MachineForgetDialog {...props} isOpen={asked === 'forget'} onForgotten={onForgotten} />
    </>
  )
}
