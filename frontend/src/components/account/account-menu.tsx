import { CandlestickChart, Clock3, Ellipsis, Pencil, RefreshCw, Trash2, Upload } from 'lucide-react'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { canAccount, canOrder, whyNot } from '@/api/can'
import type { Account, Instance, Position } from '@/api/records'
import { useMe } from '@/components/session'
import { AccountRemoveDialog } from '@/forms/account-remove'
import { AccountRenameDialog } from '@/forms/account-rename'
import { AccountTimezoneDialog } from '@/forms/account-timezone'
import { CandlesFetchDialog } from '@/forms/candles-fetch'
import { TradesSyncDialog } from '@/forms/trades-sync'
import { Button } from '@/ui/button'
import { Menu, MenuItem, MenuLine } from '@/ui/menu'

interface Props {
  account: Account
  instances: readonly Instance[]
  positions: readonly Position[]
}

type Asked = 'candles' | 'sync' | 'rename' | 'zone' | 'remove'

export function AccountMenu({ account, instances, positions }: Props) {
  const me = useMe()
  const navigate = useNavigate()
  const [asked, setAsked] = useState<Asked | null>(null)
  const subject = { account, instances }
  const mayOrder = whyNot(canOrder(me))
  const props = (name: Asked) => ({ account, isOpen: asked === name, onClose: () => setAsked(null) })
  const symbols = [...new Set([...instances, ...positions].map(row => row.symbol))]
  return (
    <>
      <Menu
        trigger={
          <Button size="icon" className="size-9" aria-label="More actions">
            <Ellipsis />
          </Button>
        }
      >
        <MenuItem onSelect={() => void navigate(`/imports?account=${account.id}`)}>
          <Upload /> Import a history file
        </MenuItem>
        <MenuItem onSelect={() => setAsked('sync')} disabledReason={mayOrder}>
          <RefreshCw /> Send trades again
        </MenuItem>
        <MenuItem onSelect={() => setAsked('candles')} disabledReason={mayOrder}>
          <CandlestickChart /> Fetch candles
        </MenuItem>
        <MenuLine />
        <MenuItem
          onSelect={() => setAsked('rename')}
          disabledReason={whyNot(canAccount('rename', subject, me))}
        >
          <Pencil /> Rename
        </MenuItem>
        <MenuItem
          onSelect={() => setAsked('zone')}
          disabledReason={whyNot(canAccount('rename', subject, me))}
        >
          <Clock3 /> Server time zone
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
      <TradesSyncDialog {...props('sync')} />
      <CandlesFetchDialog {...props('candles')} symbols={symbols} />
      <AccountRenameDialog {...props('rename')} />
      <AccountTimezoneDialog {...props('zone')} />
      <AccountRemoveDialog {...props('remove')} />
    </>
  )
}
