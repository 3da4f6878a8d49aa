import { BellOff, Ellipsis } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'react-router'
import { toast } from 'sonner'
import { sentenceOf } from '@/api/problem'
import { muteRule, type Rule, switchRule, useRuleVerb } from '@/api/rules'
import { serverNow } from '@/api/server-clock'
import { actionWords, scopeWords } from '@/components/alerts/rule-words'
import { useNow } from '@/components/now'
import { moment } from '@/format/time'
import { RuleDialog } from '@/forms/rule-edit'
import { RuleRemoveDialog } from '@/forms/rule-remove'
import { UntilDialog } from '@/forms/until-dialog'
import { Badge } from '@/ui/badge'
import { Button } from '@/ui/button'
import { cx } from '@/ui/cx'
import { Menu, MenuItem, MenuLabel, MenuLine } from '@/ui/menu'
import { Switch } from '@/ui/switch'

const MUTES = [
  ['1 hour', 1],
  ['8 hours', 8],
  ['7 days', 168],
] as const

/** One rule as a sentence, how it stands, and what can be done with it. */
export function RuleRow({ rule, reason }: { rule: Rule; reason: string | undefined }) {
  const [open, setOpen] = useState<'edit' | 'mute' | 'remove' | null>(null)
  const fail = (error: unknown) => void toast.error(sentenceOf(error))
  const turn = useRuleVerb((isEnabled: boolean) => switchRule(rule.id, isEnabled))
  const mute = useRuleVerb((until: Date | null) => muteRule(rule.id, until))
  const now = useNow()
  const isMuted = rule.mutedUntil !== null && Date.parse(rule.mutedUntil) > now
  const close = () => setOpen(null)
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className={cx('min-w-0 flex-1 basis-72', !rule.isEnabled && 'opacity-60')}>
        <p className="flex flex-wrap items-center gap-1.5 font-medium text-ink text-sm">
          <span className="min-w-0 break-words">{rule.name}</span>
          {!rule.isEnabled && <Badge>Off</Badge>}
          {isMuted && rule.mutedUntil && (
            <Badge icon={BellOff} tone="warn">
              Muted until {moment(new Date(rule.mutedUntil), new Date())}
            </Badge>
          )}
        </p>
        <p className="text-muted text-sm">
          {rule.sentence}: {actionWords(rule.actions)}.
        </p>
        <p className="mt-0.5 text-faint text-xs">{scopeWords(rule)}</p>
      </div>
      <Standing rule={rule} />
      <div className="ml-auto flex items-center gap-2">
        <Switch
          label={`${rule.name} is on`}
          isOn={rule.isEnabled}
          onChange={isOn => (reason ? toast.error(reason) : turn.mutate(isOn, { onError: fail }))}
        />
        <Menu
          trigger={
            <Button variant="ghost" size="icon" aria-label={`More for ${rule.name}`}>
              <Ellipsis />
            </Button>
          }
        >
          <MenuItem disabledReason={reason} onSelect={() => setOpen('edit')}>
            Edit
          </MenuItem>
          <MenuLine />
          <MenuLabel>Mute: judge and act, tell nobody</MenuLabel>
          {MUTES.map(([label, hours]) => (
            <MenuItem
              key={label}
              disabledReason={reason}
              onSelect={() => mute.mutate(new Date(serverNow() + hours * 3_600_000), { onError: fail })}
            >
              For {label}
            </MenuItem>
          ))}
          <MenuItem disabledReason={reason} onSelect={() => setOpen('mute')}>
            Until a date…
          </MenuItem>
          {isMuted && (
            <MenuItem disabledReason={reason} onSelect={() => mute.mutate(null, { onError: fail })}>
              Tell people again
            </MenuItem>
          )}
          <MenuLine />
          <MenuItem isDanger disabledReason={reason} onSelect={() => setOpen('remove')}>
            Remove…
          </MenuItem>
        </Menu>
      </div>
      <RuleDialog rule={rule} isOpen={open === 'edit'} onClose={close} />
      <UntilDialog
        title={`Mute ${rule.name} until`}
        act="Mute"
        hint="It judges and acts all the same; only nobody is told."
        isOpen={open === 'mute'}
        isBusy={mute.isPending}
        error={mute.error ? sentenceOf(mute.error) : undefined}
        onClose={close}
        onUntil={until => mute.mutate(until, { onSuccess: close })}
      />
      <RuleRemoveDialog rule={rule} isOpen={open === 'remove'} onClose={close} />
    </li>
  )
}

/** For how many of its subjects the limit is reached, or close. */
function Standing({ rule }: { rule: Rule }) {
  return (
    <p className="flex flex-wrap items-center gap-1.5 text-faint text-xs">
      {rule.firing > 0 && (
        <Link to={`/alerts?rule=${rule.id}`} className="rounded-md">
          <Badge tone="loss">{rule.firing} firing</Badge>
        </Link>
      )}
      {rule.near > 0 && <Badge tone="warn">{rule.near} near</Badge>}
      <span className="num">watches {rule.watches}</span>
    </p>
  )
}
