import type { Account } from '@/api/records'
import { type Truth, truthsOf } from '@/components/account/truths'
import { Ago, Moment } from '@/components/moment'
import { useNow } from '@/components/now'
import { Badge } from '@/ui/badge'
import { cx } from '@/ui/cx'
import { Popover } from '@/ui/popover'

const INKS = {
  profit: 'text-profit',
  warn: 'text-warn',
  loss: 'text-loss',
  accent: 'text-accent',
  neutral: 'text-muted',
} as const

/** Trading, telemetry and broker link as three chips; each opens what it means and what to do. */
export function TruthChips({ account }: { account: Account }) {
  const now = useNow()
  return (
    <span className="inline-flex flex-wrap gap-1.5">
      {truthsOf(account, now).map(truth => (
        <TruthChip key={truth.name} isNamed truth={truth} />
      ))}
    </span>
  )
}

export function TruthChip({ truth, isNamed = false }: { truth: Truth; isNamed?: boolean }) {
  return (
    <Popover
      label={truth.name}
      trigger={
        <button
          type="button"
          aria-label={`${truth.name}: ${truth.look.label}`}
          onClick={event => event.stopPropagation()}
          className="rounded-md hover:brightness-115"
        >
          <Badge tone={truth.look.tone} icon={truth.look.icon}>
            {isNamed ? truth.phrase : truth.look.label}
          </Badge>
        </button>
      }
    >
      <TruthWords truth={truth} />
    </Popover>
  )
}

function TruthWords({ truth }: { truth: Truth }) {
  return (
    <div className="space-y-2">
      <p className="font-semibold text-ink">
        {truth.name}: {truth.look.label.toLowerCase()}
      </p>
      <p className="text-muted">{truth.look.says}</p>
      {truth.since && (
        <p className="num text-faint text-xs">
          {truth.sinceWords} <Moment at={truth.since} />, <Ago at={truth.since} />
        </p>
      )}
      {truth.todo && (
        <p className="rounded-lg bg-hover px-3 py-2 text-ink text-xs leading-relaxed">{truth.todo}</p>
      )}
    </div>
  )
}

/** The same three in full, under an account's figures: what is, since when, what to do. */
export function TruthStrip({ account }: { account: Account }) {
  const now = useNow()
  return (
    <ul
      aria-label="State of the account"
      className="grid gap-px overflow-hidden rounded-xl border border-line bg-line sm:grid-cols-3"
    >
      {truthsOf(account, now).map(truth => (
        <TruthCell key={truth.name} truth={truth} />
      ))}
    </ul>
  )
}

function TruthCell({ truth }: { truth: Truth }) {
  const { icon: Icon, tone, label } = truth.look
  return (
    <li className="bg-surface">
      <Popover
        label={truth.name}
        trigger={
          <button
            type="button"
            className="flex size-full items-center gap-3 px-4 py-3 text-left outline-offset-[-3px] hover:bg-hover/50"
          >
            <Icon aria-hidden className={cx('size-5 shrink-0', INKS[tone])} strokeWidth={1.9} />
            <span className="min-w-0 flex-1">
              <span className="block text-faint text-xs">{truth.name}</span>
              <span className="flex flex-wrap items-baseline gap-x-2">
                <span className={cx('font-semibold text-sm', INKS[tone])}>{label}</span>
                {truth.since && (
                  <span className="num text-faint text-xs">
                    {truth.sinceWords.toLowerCase()} <Ago at={truth.since} />
                  </span>
                )}
              </span>
            </span>
            {truth.todo && (
              <span className="shrink-0 rounded-md border border-line-strong px-2 py-0.5 text-muted text-xs">
                What to do
              </span>
            )}
          </button>
        }
      >
        <TruthWords truth={truth} />
      </Popover>
    </li>
  )
}
