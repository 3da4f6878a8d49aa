import {
  CircleCheck,
  CircleDashed,
  CirclePause,
  type LucideIcon,
  OctagonX,
  PlugZap,
  Unplug,
} from 'lucide-react'
import type { Account } from '@/api/records'
import { telemetryAt, telemetryOfOwn } from '@/api/telemetry'
import { type Look, TELEMETRY } from '@/components/states'

/** Three things that are true or not on their own: one that is well says nothing of the others. */
export interface Truth {
  name: 'Trading' | 'Telemetry' | 'Broker link'
  look: Look
  /** Name and look in one, where no heading stands above it. */
  phrase: string
  /** Since when it is so, or when it was last so; `sinceWords` says which. */
  since: string | null
  sinceWords: string
  /** What a person can do about it; null when all is well. */
  todo: string | null
}

type Subject = Pick<
  Account,
  'trading' | 'brokerLink' | 'telemetry' | 'heartbeatAt' | 'instanceCount' | 'ownTerminal'
>

export function truthsOf(account: Subject, now: number): Truth[] {
  return [tradingOf(account), telemetryOf(account, now), linkOf(account)]
}

const make = (label: string, tone: Look['tone'], icon: LucideIcon, says: string): Look => ({
  label,
  tone,
  icon,
  says,
})

const TRADING = {
  allowed: make('Allowed', 'profit', CircleCheck, 'The broker and the terminal both let orders through.'),
  forbidden: make(
    'Forbidden',
    'loss',
    OctagonX,
    'Orders are refused: the terminal or the broker does not allow trading.',
  ),
  paused: make('Paused', 'warn', CirclePause, 'Every EA here is paused: none opens anything new.'),
  unknown: make(
    'Not known',
    'neutral',
    CircleDashed,
    'No terminal says at present whether this account may trade.',
  ),
} satisfies Record<Account['trading']['state'], Look>

const LINK = {
  linked: make('Linked', 'profit', PlugZap, 'A terminal is signed in to the broker’s server.'),
  lost: make('Lost', 'loss', Unplug, 'The terminal answers us but has no connection to the broker.'),
  unknown: make('Not known', 'neutral', CircleDashed, 'No terminal says at present whether it is signed in.'),
} satisfies Record<Account['brokerLink']['state'], Look>

const SILENT = 'Nothing newer is known while nothing is heard: see to the telemetry first.'
const FIRST_OWN = 'Pair your terminal: the account page gives the code.'
const FIRST_HOSTED = 'Deploy an EA on this account, or pair a terminal of your own.'

/** Why nobody has said it: nothing was ever heard, or nothing is heard any more. */
function unknownWords({ heartbeatAt, ownTerminal }: Subject): string {
  if (heartbeatAt !== null) return SILENT
  return ownTerminal ? FIRST_OWN : FIRST_HOSTED
}

function tradingOf(account: Subject): Truth {
  const { trading, ownTerminal } = account
  const todo = {
    allowed: null,
    forbidden: ownTerminal
      ? 'In MetaTrader switch on “Algo Trading” and allow it in the connector’s own settings. If that is on, you are signed in with the investor password, or the broker has closed the account for trading.'
      : 'Look at the account’s state with the broker. Orders are tried again once it is allowed.',
    paused: 'Resume an EA when it should trade again. Positions and their stops stay in place meanwhile.',
    unknown: unknownWords(account),
  }[trading.state]
  const look = TRADING[trading.state]
  const phrase = `Trading ${look.label.toLowerCase()}`
  return { name: 'Trading', look, phrase, since: trading.since, sinceWords: 'Since', todo }
}

function telemetryOf(account: Subject, now: number): Truth {
  const { heartbeatAt, ownTerminal } = account
  const state = ownTerminal
    ? telemetryOfOwn(heartbeatAt, account.telemetry, now)
    : account.instanceCount > 0
      ? telemetryAt(heartbeatAt, now)
      : 'none'
  const todo = {
    fresh: null,
    late: 'Nothing yet: a slow connection does this. If it stays so, look after the machine that the terminal runs on.',
    stale: ownTerminal
      ? 'See that the machine is on and online, that MetaTrader runs with the connector on a chart, and that its log shows no WebRequest error.'
      : 'An EA whose process is gone is started again by itself. If it stays silent, look at its log.',
    none: ownTerminal ? FIRST_OWN : FIRST_HOSTED,
  }[state]
  const look = TELEMETRY[state]
  const phrase = state === 'none' ? look.label : `Data ${look.label.toLowerCase()}`
  return { name: 'Telemetry', look, phrase, since: heartbeatAt, sinceWords: 'Last heartbeat', todo }
}

function linkOf(account: Subject): Truth {
  const { brokerLink, ownTerminal } = account
  const todo = {
    linked: null,
    lost: ownTerminal
      ? 'Look at the lower right corner of MetaTrader: “No connection” is the network or the broker’s maintenance, “Invalid account” the password.'
      : 'The terminal signs in again by itself. Weekends and the broker’s maintenance are the usual reason.',
    unknown: unknownWords(account),
  }[brokerLink.state]
  const sinceWords = brokerLink.state === 'linked' ? 'Confirmed' : 'Last linked'
  const look = LINK[brokerLink.state]
  const phrase = `Broker ${look.label.toLowerCase()}`
  return { name: 'Broker link', look, phrase, since: brokerLink.at, sinceWords, todo }
}
