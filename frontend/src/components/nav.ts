import {
  BellRing,
  Boxes,
  BrainCircuit,
  ChartCandlestick,
  FileUp,
  FlaskConical,
  History,
  LayoutGrid,
  Lightbulb,
  type LucideIcon,
  NotebookText,
  OctagonX,
  PackageX,
  Radio,
  Scale,
  Server,
  ServerCog,
  Settings,
  SquareTerminal,
  Table2,
  Telescope,
  Wallet,
} from 'lucide-react'
import { may } from '@/api/can'
import type { Me } from '@/api/records'
import type { BadgeName } from '@/components/badges'

export interface Destination {
  to: string
  label: string
  icon: LucideIcon
  /** Pressed after `g`. */
  key: string
  isOnPhone: boolean
  /** What is counted beside it while it waits for a person. */
  badge?: BadgeName
  /** Only who runs the installation sees it. */
  isForOperator?: boolean
  /** It stands at the side bar's end, and is never scrolled out of sight. */
  isPinned?: boolean
}

export const DESTINATIONS: readonly Destination[] = [
  { to: '/', label: 'Fleet', icon: LayoutGrid, key: 'f', isOnPhone: true },
  { to: '/board', label: 'Board', icon: Table2, key: 'b', isOnPhone: false },
  { to: '/machines', label: 'Machines', icon: Server, key: 'm', isOnPhone: false },
  { to: '/exposure', label: 'Exposure', icon: Scale, key: 'e', isOnPhone: false },
  { to: '/markets', label: 'Markets', icon: ChartCandlestick, key: 'r', isOnPhone: false },
  { to: '/accounts', label: 'Accounts', icon: Wallet, key: 'a', isOnPhone: true },
  { to: '/catalogue', label: 'Catalogue', icon: Boxes, key: 'c', isOnPhone: true },
  { to: '/backtests', label: 'Backtests', icon: FlaskConical, key: 't', isOnPhone: false },
  { to: '/models', label: 'Models', icon: BrainCircuit, key: 'd', isOnPhone: false },
  { to: '/signals', label: 'Signals', icon: Radio, key: 'g', isOnPhone: false },
  { to: '/recommendations', label: 'Recommendations', icon: Lightbulb, key: 'v', isOnPhone: false },
  { to: '/optimisations', label: 'Optimisations', icon: Telescope, key: 'z', isOnPhone: false },
  { to: '/journal', label: 'Journal', icon: NotebookText, key: 'j', isOnPhone: true },
  { to: '/alerts', label: 'Alerts', icon: BellRing, key: 'l', isOnPhone: false, badge: 'incidents' },
  { to: '/commands', label: 'Commands', icon: SquareTerminal, key: 'o', isOnPhone: false, badge: 'dead' },
  { to: '/imports', label: 'Imports', icon: FileUp, key: 'i', isOnPhone: false },
  { to: '/failed-items', label: 'Failed items', icon: PackageX, key: 'x', isOnPhone: false, badge: 'failed' },
  { to: '/activity', label: 'Activity', icon: History, key: 'y', isOnPhone: false },
  { to: '/kill-switch', label: 'Kill switch', icon: OctagonX, key: 'k', isOnPhone: false, isPinned: true },
  {
    to: '/operator',
    label: 'Operator',
    icon: ServerCog,
    key: 'p',
    isOnPhone: false,
    isForOperator: true,
    isPinned: true,
  },
  { to: '/settings', label: 'Settings', icon: Settings, key: 's', isOnPhone: true, isPinned: true },
]

/** Where this person can go. */
export const destinationsOf = (me: Me): readonly Destination[] =>
  DESTINATIONS.filter(item => may(me, 'audit') || !item.isForOperator)
