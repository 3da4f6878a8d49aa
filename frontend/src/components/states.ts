import {
  BadgeCheck,
  CircleAlert,
  CircleDashed,
  CirclePause,
  CirclePlay,
  CircleStop,
  Clock,
  type LucideIcon,
  Radio,
  ShieldQuestion,
  Skull,
  TrendingDown,
  TrendingUp,
  WifiOff,
} from 'lucide-react'
import type { LiveState } from '@/api/live-socket'
import type { Command, InstanceState, Telemetry, Trade } from '@/api/records'
import type { Tone } from '@/ui/badge'

export interface Look {
  label: string
  tone: Tone
  icon: LucideIcon
  /** What it means, for whoever sees it for the first time. */
  says: string
}

export const INSTANCE_STATES: Record<InstanceState, Look> = {
  deploying: {
    label: 'Deploying',
    tone: 'accent',
    icon: CircleDashed,
    says: 'Its process is being started.',
  },
  running: { label: 'Running', tone: 'profit', icon: CirclePlay, says: 'It trades.' },
  paused: {
    label: 'Paused',
    tone: 'warn',
    icon: CirclePause,
    says: 'It opens nothing new. Its positions and their stops stay in place.',
  },
  stopping: { label: 'Stopping', tone: 'warn', icon: CircleDashed, says: 'It is coming to its end.' },
  stopped: { label: 'Stopped', tone: 'neutral', icon: CircleStop, says: 'Nothing runs.' },
  error: { label: 'Failing', tone: 'loss', icon: CircleAlert, says: 'It should run, and does not.' },
}

export const TELEMETRY: Record<Telemetry, Look> = {
  fresh: { label: 'Fresh', tone: 'profit', icon: Radio, says: 'Heartbeats arrive as they should.' },
  late: { label: 'Late', tone: 'warn', icon: Clock, says: 'Several heartbeats were missed.' },
  stale: {
    label: 'Stale',
    tone: 'loss',
    icon: WifiOff,
    says: 'Nothing was heard for over a minute: figures are old.',
  },
  none: { label: 'No data', tone: 'neutral', icon: CircleDashed, says: 'No terminal has reported yet.' },
}

export const LIVE_STATES: Record<LiveState, Look> = {
  live: {
    label: 'Live',
    tone: 'profit',
    icon: Radio,
    says: 'Prices, equity and states arrive as they happen.',
  },
  connecting: { label: 'Connecting…', tone: 'neutral', icon: CircleDashed, says: 'Opening the live stream.' },
  reconnecting: {
    label: 'Reconnecting…',
    tone: 'warn',
    icon: CircleDashed,
    says: 'The live stream broke. It is tried again by itself and catches up; until then figures refresh every 10 s. Your EAs trade on.',
  },
  offline: {
    label: 'Offline',
    tone: 'loss',
    icon: WifiOff,
    says: 'Your device has no connection. Figures here are old; your EAs trade on without you.',
  },
}

export const SIDES: Record<Trade['side'], Look> = {
  buy: { label: 'Buy', tone: 'neutral', icon: TrendingUp, says: 'Gains when the price rises.' },
  sell: { label: 'Sell', tone: 'neutral', icon: TrendingDown, says: 'Gains when the price falls.' },
}

export const TRADE_STATES: Record<Trade['state'], Look> = {
  open: { label: 'Open', tone: 'accent', icon: CirclePlay, says: 'The position is still held.' },
  closed: { label: 'Closed', tone: 'neutral', icon: BadgeCheck, says: 'The result is final.' },
  orphan: {
    label: 'Incomplete',
    tone: 'warn',
    icon: ShieldQuestion,
    says: 'It was opened before the account was connected: its entry is not known.',
  },
}

export const COMMAND_STATES: Record<Command['state'], Look> = {
  queued: { label: 'Queued', tone: 'neutral', icon: Clock, says: 'Waiting for the terminal to fetch it.' },
  leased: { label: 'Sent', tone: 'accent', icon: CircleDashed, says: 'The terminal has it and works on it.' },
  done: { label: 'Done', tone: 'profit', icon: BadgeCheck, says: 'The terminal confirmed it.' },
  failed: { label: 'Failed', tone: 'loss', icon: CircleAlert, says: 'The terminal could not do it.' },
  dead: { label: 'Dropped', tone: 'neutral', icon: Skull, says: 'It expired or was overtaken.' },
}

export const CANCELLED: Look = {
  label: 'Cancelled',
  tone: 'neutral',
  icon: CircleStop,
  says: 'A person called it back before a terminal had it.',
}

export const RUN_STATES: Record<string, Look> = {
  starting: { label: 'Starting', tone: 'accent', icon: CircleDashed, says: 'Its process was started.' },
  running: { label: 'Running', tone: 'profit', icon: CirclePlay, says: 'Its process runs.' },
  ended: { label: 'Ended', tone: 'neutral', icon: CircleStop, says: 'Its process is gone.' },
}
