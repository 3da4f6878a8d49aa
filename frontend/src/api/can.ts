import type { Account, Command, Instance, Me, Template, Terminal } from '@/api/records'

/** Either it can be done, or the sentence that says why not. */
export type Verdict = { can: true } | { can: false; why: string }

export type Right = Me['rights'][number]

const LOOKS_ONLY = 'Your role may look, not act. Ask the owner for the trader role.'
const WHO_CAN: Record<Right, string> = {
  open: '',
  self: 'Only a signed-in person can do this.',
  read: 'Ask the owner of the desk to let you in.',
  trade: LOOKS_ONLY,
  deploy: LOOKS_ONLY,
  admin: 'Only the owner of the desk does this. Ask them.',
  audit: 'Only who runs the installation sees this.',
  operate: 'You look at the installation as an auditor. Ask an operator.',
}

const YES: Verdict = { can: true }
const no = (why: string): Verdict => ({ can: false, why })

interface Row<Subject> {
  /** The server's verb that decides in the end; this table only spares a click that would be refused. */
  enforcedBy: string
  check: (subject: Subject, me: Me) => Verdict
}

/** What the plan has paused gave its place up: it is resumed only into a free one. */
const isPausedByPlan = (instance: Instance) =>
  instance.desiredState === 'paused' && instance.pause?.by === 'plan'

const isStopped = (instance: Instance) => instance.state === 'stopped' && instance.desiredState === 'stopped'

export const instanceVerbs = {
  pause: {
    enforcedBy: 'fleet.operations.pause',
    check: instance => {
      if (instance.desiredState === 'stopped') return no('It is stopped, so there is nothing to pause.')
      return YES
    },
  },
  resume: {
    enforcedBy: 'fleet.operations.resume',
    check: (instance, me) => {
      if (instance.state === 'stopping') return no('It is still stopping. Start it once it has stopped.')
      if (instance.desiredState === 'stopped' || isPausedByPlan(instance)) return hasActivePlace(me)
      if (instance.state === 'error' || instance.desiredState === 'paused') return YES
      return no(instance.state === 'deploying' ? 'It is starting already.' : 'It is running already.')
    },
  },
  stop: {
    enforcedBy: 'fleet.operations.stop',
    check: instance => {
      if (isStopped(instance)) return no('It is stopped already.')
      if (instance.desiredState === 'stopped') return no('It is stopping already.')
      return YES
    },
  },
  configure: {
    enforcedBy: 'fleet.operations.configure',
    check: instance => (instance.state === 'stopping' ? no('It is stopping. Change its inputs after.') : YES),
  },
  remove: {
    enforcedBy: 'fleet.operations.remove',
    check: instance => (instance.state === 'stopped' ? YES : no('Stop it first, then remove it.')),
  },
} satisfies Record<string, Row<Instance>>

export interface AccountInUse {
  account: Account
  instances: readonly Instance[]
}

export const accountVerbs = {
  rename: { enforcedBy: 'fleet.accounts.rename_account', check: () => YES },
  remove: {
    enforcedBy: 'fleet.accounts.remove_account',
    check: ({ account, instances }) => {
      const active = instances.filter(row => row.accountId === account.id && row.desiredState !== 'stopped')
      if (active.length === 0) return YES
      const names = active.map(row => row.name).join(', ')
      return no(
        `${active.length === 1 ? 'An EA still trades' : 'EAs still trade'} on it: stop ${names} first.`,
      )
    },
  },
} satisfies Record<string, Row<AccountInUse>>

function mayTest(template: Template | null, me: Me) {
  if (template && !template.allowed)
    return no(`Needs the ${planName(template.requiredPlan)} plan; you are on ${me.plan.name}.`)
  if (me.active.limit === 0) return no('Your subscription has ended. Choose a plan on the Plan page.')
  return YES
}

export const tenantVerbs = {
  connectAccount: { enforcedBy: 'fleet.accounts.connect_account', check: () => YES },
  backtest: {
    enforcedBy: 'tester.operations.ask',
    check: mayTest,
  },
  optimise: {
    enforcedBy: 'tester.optimising.operations.ask',
    check: mayTest,
  },
  deploy: {
    enforcedBy: 'fleet.operations.deploy',
    check: (template, me) => {
      if (template && !template.allowed)
        return no(`Needs the ${planName(template.requiredPlan)} plan; you are on ${me.plan.name}.`)
      if (me.instances.used >= me.instances.limit)
        return no(`${me.plan.name} allows ${me.instances.limit} EA instances. Remove a stopped one first.`)
      return hasActivePlace(me)
    },
  },
} satisfies Record<string, Row<Template | null>>

export const terminalVerbs = {
  pair: { enforcedBy: 'fleet.terminals.renew_pairing_code', check: () => YES },
  rename: { enforcedBy: 'fleet.terminals.rename', check: () => YES },
  revoke: {
    enforcedBy: 'fleet.terminals.revoke',
    check: terminal => (terminal.revokedAt ? no('It is revoked already.') : YES),
  },
  remove: {
    enforcedBy: 'fleet.terminals.remove',
    check: terminal =>
      terminal.revokedAt || !terminal.enrolledAt ? YES : no('Revoke it first, then remove it.'),
  },
} satisfies Record<string, Row<Terminal>>

export const commandVerbs = {
  requeue: {
    enforcedBy: 'fleet.commands.requeue',
    check: command => (command.canRequeue ? YES : no('Only one that failed or was dropped is sent again.')),
  },
  cancel: {
    enforcedBy: 'fleet.commands.cancel',
    check: command =>
      command.state === 'queued' ? YES : no('The terminal has it already: it cannot be called back.'),
  },
} satisfies Record<string, Row<Command>>

export const journalVerbs = {
  review: { enforcedBy: 'journal.reviews.write', check: () => YES },
  fetchCandles: { enforcedBy: 'journal.candles.fetch', check: () => YES },
  share: { enforcedBy: 'journal.shares.share', check: () => YES },
} satisfies Record<string, Row<null>>

export type InstanceVerb = keyof typeof instanceVerbs

export function canInstance(verb: InstanceVerb, instance: Instance, me: Me): Verdict {
  return mayNot(me, 'deploy') ?? instanceVerbs[verb].check(instance, me)
}

export function canAccount(verb: keyof typeof accountVerbs, subject: AccountInUse, me: Me): Verdict {
  const row: Row<AccountInUse> = accountVerbs[verb]
  return mayNot(me, 'deploy') ?? row.check(subject, me)
}

export function canTenant(verb: keyof typeof tenantVerbs, template: Template | null, me: Me): Verdict {
  const row: Row<Template | null> = tenantVerbs[verb]
  return mayNot(me, 'deploy') ?? row.check(template, me)
}

export function canTerminal(verb: keyof typeof terminalVerbs, terminal: Terminal, me: Me): Verdict {
  const row: Row<Terminal> = terminalVerbs[verb]
  return mayNot(me, 'deploy') ?? row.check(terminal, me)
}

export function canCommand(verb: keyof typeof commandVerbs, command: Command, me: Me): Verdict {
  const row: Row<Command> = commandVerbs[verb]
  return mayNot(me, 'trade') ?? row.check(command, me)
}

export function canJournal(verb: keyof typeof journalVerbs, me: Me): Verdict {
  const row: Row<null> = journalVerbs[verb]
  return mayNot(me, 'trade') ?? row.check(null, me)
}

export const may = (me: Me, right: Right): boolean => me.rights.includes(right)

/** Whether this person has the right at all; what the verb asks beside it the hub says itself. */
export const canWith = (right: Right, me: Me): Verdict => mayNot(me, right) ?? YES

/** Whether this person may order at all; what an order may be the hub says itself. */
export function canOrder(me: Me): Verdict {
  return mayNot(me, 'trade') ?? YES
}

/** The reason for a disabled button, or nothing. */
export const whyNot = (verdict: Verdict): string | undefined => (verdict.can ? undefined : verdict.why)

export function planName(code: string): string {
  return code.charAt(0).toUpperCase() + code.slice(1)
}

/** The sentence for who lacks the right, or nothing. What each address asks for is in the API's document. */
function mayNot(me: Me, right: Right): Verdict | undefined {
  return may(me, right) ? undefined : no(WHO_CAN[right])
}

function hasActivePlace(me: Me): Verdict {
  if (me.active.limit === 0) return no('Your subscription has ended. Choose a plan on the Plan page.')
  if (me.active.used < me.active.limit) return YES
  return no(`${me.plan.name} allows ${me.active.limit} active EAs at once. Stop one first.`)
}
