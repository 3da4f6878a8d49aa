import { Ellipsis, Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { canAccount, whyNot } from '@/api/can'
import type { Account, Instance } from '@/api/records'
import { useMe } from '@/components/session'
import { AccountRemoveDialog } from '@/forms/account-remove'
import { AccountRenameDialog } from '@/forms/account-rename'
import { Button } from '@/ui/button'
import { Menu, MenuItem, MenuLine } from '@/ui/menu'

export function AccountMenu({ account, instances }: { account: Account; instances: readonly Instance[] }) {
  const me = useMe()
  const [asked, setAsked] = useState<'rename' | 'remove' | null>(null)
  const subject = { account, instances }
  return (
    <>
      <Menu
        trigger={
          <Button size="icon" className="size-9" aria-label="More actions">
            <Ellipsis />
          </Button>
        }
      >
        <MenuItem
          onSelect={() => setAsked('rename')}
          disabledReason={whyNot(canAccount('rename', subject, me))}
        >
          <Pencil /> Rename
        </MenuItem>
        <MenuLine />
        <MenuItem
          isDanger
          onSelect={() => setAsked('remove')}
          disabledReason={whyNot(canAccount('remove', subject, me))}
        >
          <Trash2 /> Remove account
        </MenuItem>
      </Menu>
      <AccountRenameDialog account={account} isOpen={asked === 'rename'} onClose={() => setAsked(null)} />
      <AccountRemoveDialog account={account} isOpen={asked === 'remove'} onClose={() => setAsked(null)} />
    </>
  )
}
