import {
  ArrowUpCircle,
  BadgeCheck,
  BadgePlus,
  BellOff,
  CheckCheck,
  CirclePause,
  CirclePlay,
  CircleStop,
  Clock3,
  FileUp,
  FlaskConical,
  Hand,
  History,
  KeyRound,
  Link2,
  LogIn,
  LogOut,
  type LucideIcon,
  Mail,
  MonitorDot,
  MoveRight,
  OctagonX,
  Pencil,
  Rocket,
  RotateCw,
  ShieldCheck,
  ShieldMinus,
  ShieldOff,
  SlidersHorizontal,
  SquareTerminal,
  Telescope,
  Trash2,
  Undo2,
  Unlink2,
  UserMinus,
  UserPlus,
  X,
} from 'lucide-react'

interface ActionLook {
  words: string
  icon: LucideIcon
}

const ACTIONS: Record<string, ActionLook> = {
  'tenant.created': { words: 'Created the desk', icon: BadgePlus },
  'account.connected': { words: 'Connected account', icon: KeyRound },
  'account.renamed': { words: 'Renamed account', icon: Pencil },
  'account.profile_changed': { words: 'Changed what is said of', icon: Pencil },
  'account.removed': { words: 'Removed account', icon: Trash2 },
  'account.registered': { words: 'Added account', icon: BadgePlus },
  'account.timezone_set': { words: 'Set the time zone of', icon: Clock3 },
  'terminal.added': { words: 'Added terminal', icon: MonitorDot },
  'terminal.pairing_code_issued': { words: 'Made a pairing code for', icon: KeyRound },
  'terminal.enrolled': { words: 'Paired', icon: Link2 },
  'terminal.renamed': { words: 'Renamed terminal', icon: Pencil },
  'terminal.revoked': { words: 'Revoked', icon: ShieldOff },
  'terminal.removed': { words: 'Removed terminal', icon: Trash2 },
  'terminal.troubles_cleared': { words: 'Cleared the alarms of', icon: BadgeCheck },
  'machine.renamed': { words: 'Renamed machine', icon: Pencil },
  'machine.revoked': { words: 'Revoked machine', icon: ShieldOff },
  'machine.forgotten': { words: 'Forgot machine', icon: Trash2 },
  'command.requested': { words: 'Asked', icon: SquareTerminal },
  'command.requeued': { words: 'Sent again', icon: RotateCw },
  'command.cancelled': { words: 'Cancelled', icon: X },
  'backtest.asked': { words: 'Asked for a backtest of', icon: FlaskConical },
  'backtest.cancelled': { words: 'Cancelled the backtest of', icon: X },
  'recommendation.deployed': { words: 'Deployed to paper, as recommended,', icon: Rocket },
  'optimisation.asked': { words: 'Asked for an optimisation of', icon: Telescope },
  'optimisation.cancelled': { words: 'Cancelled the optimisation of', icon: X },
  'optimisation.removed': { words: 'Deleted the optimisation of', icon: Trash2 },
  'backtest.removed': { words: 'Deleted the backtest of', icon: Trash2 },
  'import.confirmed': { words: 'Imported a file into', icon: FileUp },
  'import.undone': { words: 'Undid an import into', icon: Undo2 },
  'plan.changed': { words: 'Changed the plan to', icon: BadgeCheck },
  'plan.cancelled': { words: 'Cancelled the subscription of', icon: X },
  'plan.kept': { words: 'Kept the subscription of', icon: Undo2 },
  'instance.deployed': { words: 'Deployed', icon: Rocket },
  'instance.paused': { words: 'Paused', icon: CirclePause },
  'instance.resume_refused': { words: 'Could not resume', icon: CirclePause },
  'kill_switch.used': { words: 'Used the kill switch on', icon: OctagonX },
  'kill_switch.flat': { words: 'Saw flat', icon: BadgeCheck },
  'kill_switch.given_up': { words: 'Gave up closing', icon: OctagonX },
  'instance.resumed': { words: 'Resumed', icon: CirclePlay },
  'instance.stopped': { words: 'Stopped', icon: CircleStop },
  'instance.configured': { words: 'Changed inputs of', icon: SlidersHorizontal },
  'instance.upgraded': { words: 'Upgraded', icon: ArrowUpCircle },
  'instance.returned': { words: 'Gave the version before back to', icon: Undo2 },
  'instance.upgrade_skipped': { words: 'Left on its version', icon: ArrowUpCircle },
  'rollout.started': { words: 'Began to roll out', icon: Rocket },
  'rollout.promoted': { words: 'Promoted', icon: BadgeCheck },
  'rollout.rolled_back': { words: 'Rolled back', icon: Undo2 },
  'rollout.stopped': { words: 'Stopped the rollout of', icon: CircleStop },
  'instance.moved': { words: 'Moved to another host', icon: MoveRight },
  'ea.uploaded': { words: 'Uploaded', icon: FileUp },
  'ea.approved': { words: 'Approved', icon: BadgeCheck },
  'ea.refused': { words: 'Refused', icon: X },
  'ea.released': { words: 'Released', icon: Rocket },
  'ea.withdrawn': { words: 'Withdrew', icon: Undo2 },
  'model.challenger': { words: 'Let challenge', icon: FlaskConical },
  'model.opened_to_plan': { words: 'Opened to a plan', icon: Hand },
  'model.promoted': { words: 'Promoted', icon: BadgeCheck },
  'model.registered': { words: 'Registered', icon: FileUp },
  'model.retired': { words: 'Retired', icon: Undo2 },
  'model.retraining_asked': { words: 'Asked for a training of', icon: Clock3 },
  'model.rolled_back': { words: 'Rolled back to', icon: History },
  'model.schedule_set': { words: 'Set the trainings of', icon: Clock3 },
  'key.made': { words: 'Made API key', icon: KeyRound },
  'key.revoked': { words: 'Revoked API key', icon: ShieldOff },
  'member.invited': { words: 'Invited', icon: UserPlus },
  'member.invited_again': { words: 'Invited again', icon: UserPlus },
  'member.invitation_revoked': { words: 'Took back the invitation of', icon: X },
  'member.joined': { words: 'Joined as', icon: UserPlus },
  'member.role_changed': { words: 'Changed the role of', icon: Pencil },
  'member.removed': { words: 'Removed', icon: UserMinus },
  'member.left': { words: 'Left as', icon: UserMinus },
  'support.asked': { words: 'Asked to look in:', icon: KeyRound },
  'support.granted': { words: 'Let in for support', icon: ShieldCheck },
  'support.entered': { words: 'Came to the desk:', icon: LogIn },
  'support.looked': { words: 'Looked at', icon: History },
  'support.left': { words: 'Left the desk', icon: LogOut },
  'support.ended': { words: 'Ended the support of', icon: ShieldMinus },
  'host.drained': { words: 'Drained host', icon: LogOut },
  'host.activated': { words: 'Took back host', icon: CirclePlay },
  'host.evacuated': { words: 'Moved the EAs of host', icon: MoveRight },
  'host.removed': { words: 'Took out host', icon: Trash2 },
  'scaling.group_made': { words: 'Made scaling group', icon: BadgePlus },
  'scaling.group_changed': { words: 'Changed the rule of', icon: SlidersHorizontal },
  'scaling.group_removed': { words: 'Removed scaling group', icon: Trash2 },
  'person.signed_in': { words: 'Signed in as', icon: LogIn },
  'person.sign_in_failed': { words: 'Failed to sign in as', icon: OctagonX },
  'person.signed_out': { words: 'Signed out', icon: LogOut },
  'person.password_changed': { words: 'Changed the password of', icon: KeyRound },
  'person.password_reset': { words: 'Reset the password of', icon: KeyRound },
  'person.email_changed': { words: 'Changed the email to', icon: Mail },
  'person.factor_added': { words: 'Added a second factor for', icon: ShieldCheck },
  'person.factor_removed': { words: 'Removed a second factor of', icon: ShieldMinus },
  'person.codes_renewed': { words: 'Made new recovery codes for', icon: ShieldCheck },
  'person.session_revoked': { words: 'Ended a session of', icon: LogOut },
  'person.disabled': { words: 'Let in no more', icon: OctagonX },
  'person.enabled': { words: 'Let in again', icon: LogIn },
  'person.signed_out_everywhere': { words: 'Ended all sessions of', icon: LogOut },
  'person.factors_dropped': { words: 'Forgot the second factors of', icon: ShieldMinus },
  'person.oidc_linked': { words: 'Linked a sign-in of', icon: Link2 },
  'person.oidc_unlinked': { words: 'Unlinked a sign-in of', icon: Unlink2 },
  'instance.removed': { words: 'Removed', icon: Trash2 },
  'plan.set': { words: 'Put a customer on', icon: BadgeCheck },
  'operator.appointed': { words: 'Appointed as operator', icon: UserPlus },
  'auditor.appointed': { words: 'Appointed as auditor', icon: UserPlus },
  'operator.dismissed': { words: 'Took the platform’s role from', icon: UserMinus },
  'vault.rotated': { words: 'Re-wrapped the vault’s keys under', icon: KeyRound },
  'vault.data_keys_renewed': { words: 'Made new data keys under', icon: KeyRound },
  'vault.key_added': { words: 'Added master key', icon: KeyRound },
  'vault.key_dropped': { words: 'Dropped master key', icon: Trash2 },
  'incident.acknowledged': { words: 'Acknowledged', icon: Hand },
  'incident.snoozed': { words: 'Snoozed', icon: BellOff },
  'incident.resolved': { words: 'Resolved', icon: CheckCheck },
  'rule.added': { words: 'Added rule', icon: BadgePlus },
  'rule.changed': { words: 'Changed rule', icon: SlidersHorizontal },
  'rule.enabled': { words: 'Switched on rule', icon: CirclePlay },
  'rule.disabled': { words: 'Switched off rule', icon: CircleStop },
  'rule.muted': { words: 'Muted rule', icon: BellOff },
  'rule.unmuted': { words: 'Ended the mute of rule', icon: Undo2 },
  'rule.removed': { words: 'Removed rule', icon: Trash2 },
  'maintenance.planned': { words: 'Planned maintenance of', icon: Clock3 },
  'maintenance.ended': { words: 'Ended maintenance of', icon: CircleStop },
  'maintenance.cancelled': { words: 'Cancelled maintenance of', icon: X },
  'programme.added': { words: 'Added programme', icon: BadgePlus },
  'programme.changed': { words: 'Changed programme', icon: SlidersHorizontal },
  'programme.removed': { words: 'Removed programme', icon: Trash2 },
  'channel.added': { words: 'Added channel', icon: BadgePlus },
  'channel.changed': { words: 'Changed channel', icon: SlidersHorizontal },
  'channel.disabled': { words: 'Switched off channel', icon: CircleStop },
  'channel.removed': { words: 'Removed channel', icon: Trash2 },
  'report.weekly_on': { words: 'Switched on the weekly report of', icon: Mail },
  'report.weekly_off': { words: 'Switched off the weekly report of', icon: Mail },
  'status_page.made': { words: 'Made status page', icon: BadgePlus },
  'status_page.revoked': { words: 'Revoked status page', icon: ShieldOff },
  'share.made': { words: 'Made a page for others of', icon: Link2 },
  'share.revoked': { words: 'Revoked the page for others of', icon: ShieldOff },
  'failed_items.discarded': { words: 'Discarded failed items of', icon: Trash2 },
  'audit.pruned': { words: 'Took away', icon: History },
}

/** An action in words; one that this page does not know yet is shown by its own name. */
export function actionLook(action: string): ActionLook {
  return ACTIONS[action] ?? { words: action.replace('.', ' '), icon: History }
}

const VIA: Record<string, string> = {
  session: 'signing in',
  web: 'the sign-in page',
  cli: 'the command line',
  system: 'the system itself',
  terminal: 'the terminal',
}

/** How they were let in. */
export function viaWords(origin: Record<string, unknown>): string {
  const via = String(origin.via ?? '')
  return VIA[via] ?? via
}

/** The same, where it is not by signing in, as everybody does. */
export function unusualVia(origin: Record<string, unknown>): string {
  return ['session', 'system', 'web'].includes(String(origin.via)) ? '' : viaWords(origin)
}

/** The detail of an entry as short pairs. */
export function detailPairs(detail: Record<string, unknown>): string[] {
  return Object.entries(detail).flatMap(([name, value]) => {
    if (typeof value === 'object' && value !== null) return detailPairs(value as Record<string, unknown>)
    return [`${name.replaceAll('_', ' ')}: ${String(value)}`]
  })
}

/** What changed, as short pairs. */
export function changePairs(changes: Record<string, unknown>): string[] {
  return Object.entries(changes).map(([name, pair]) => {
    const [before, after] = Array.isArray(pair) ? pair : [null, pair]
    return `${name.replaceAll('_', ' ')}: ${shownValue(before)} → ${shownValue(after)}`
  })
}

/** A value as text: nothing is a dash. */
export function shownValue(value: unknown): string {
  if (value === null || value === undefined || value === '') return '—'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
