import { Ellipsis, KeyRound, Pencil, ShieldOff, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { canTerminal, whyNot } from '@/api/can'
import type { Account, Terminal } from '@/api/records'
import { useMe } from '@/components/session'
import { terminalName } from '@/components/terminal/words'
import { TerminalRemoveDialog } from '@/forms/terminal-remove'
import { TerminalRenameDialog } from '@/forms/terminal-rename'
import { TerminalRevokeDialog } from '@/forms/terminal-revoke'
import { Button } from '@/ui/button'
import { Menu, MenuItem, MenuLine } from '@/ui/menu'

interface Props {
  account: Account
  terminal: Terminal
  onPair: () => void
}

export function TerminalMenu({ account, terminal, onPair }: Props) {
  const me = useMe()
  const [asked, setAsked] = useState<'rename' | 'revoke' | 'remove' | null>(null)
  const props = { account, terminal, onClose: () => setAsked(null) }
  const why = (verb: Parameters<typeof canTerminal>[0]) => whyNot(canTerminal(verb, terminal, me))
  return (
    <>
      <Menu
        trigger={
          <Button size="icon" aria-label={`Actions of ${terminalName(terminal)}`}>
            <Ellipsis />
          </Button>
        }
      >
        <MenuItem onSelect={onPair} disabledReason={why('pair')}>
          <KeyRound /> New pairing code
        </MenuItem>
        <MenuItem onSelect={() => setAsked('rename')} disabledReason={why('rename')}>
          <Pencil /> Rename
        </MenuItem>
        <MenuLine />
        <MenuItem isDanger onSelect={() => setAsked('revoke')} disabledReason={why('revoke')}>
          <ShieldOff /> Revoke
        </MenuItem>
        <MenuItem isDanger onSelect={() => setAsked('remove')} disabledReason={why('remove')}>
          <Trash2 /> Remove
        </MenuItem>
      </Menu>
      <TerminalRenameDialog {...props} isOpen={asked === 'rename'} />
      <TerminalRevokeDialog {...props} isOpen={asked === 'revoke'} />
      <TerminalRemoveDialog {...props} isOpen={asked === 'remove'} />
    </>
  )
}
