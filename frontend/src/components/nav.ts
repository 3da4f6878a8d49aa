import { Boxes, History, LayoutGrid, type LucideIcon, NotebookText, Settings, Wallet } from 'lucide-react'

export interface Destination {
  to: string
  label: string
  icon: LucideIcon
  /** Pressed after `g`. */
  key: string
  isOnPhone: boolean
}

export const DESTINATIONS: readonly Destination[] = [
  { to: '/', label: 'Fleet', icon: LayoutGrid, key: 'f', isOnPhone: true },
  { to: '/accounts', label: 'Accounts', icon: Wallet, key: 'a', isOnPhone: true },
  { to: '/catalogue', label: 'Catalogue', icon: Boxes, key: 'c', isOnPhone: true },
  { to: '/journal', label: 'Journal', icon: NotebookText, key: 'j', isOnPhone: true },
  { to: '/activity', label: 'Activity', icon: History, key: 'y', isOnPhone: false },
  { to: '/settings', label: 'Settings', icon: Settings, key: 's', isOnPhone: true },
]
