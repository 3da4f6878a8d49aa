import type { Objective } from '@/api/operator-records'
import {
  burnText,
  goodShare,
  leftText,
  OBJECTIVE_STATES,
  windowText,
} from '@/components/operator/objective-words'
import { StateBadge } from '@/components/state-badge'
import { dayShort } from '@/format/time'
import { count } from '@/format/volume'
import { BudgetCurve } from '@/ui/budget-curve'
import { Card } from '@/ui/card'
import { cx } from '@/ui/cx'

interface Props {
  objective: Objective
  periodDays: number
}

const DAY_MS = 24 * 3600 * 1000

/** One objective: what is promised, what is left of its budget, how fast it goes, and where to read on. */
export function ObjectiveCard({ objective, periodDays }: Props) {
  return (
    <Card
      title={objective.title}
      actions={<StateBadge look={OBJECTIVE_STATES[objective.state]} />}
      className="flex flex-col"
      bodyClassName="flex flex-1 flex-col gap-4"
    >
      <p className="text-muted text-sm">{objective.promise}</p>
      {objective.leftRatio === null ? (
        <p className="text-faint text-sm">No {objective.of} yet: there is nothing to reckon with.</p>
      ) : (
        <>
          <Budget objective={objective} left={objective.leftRatio} periodDays={periodDays} />
          <Curve objective={objective} periodDays={periodDays} />
          <Burns objective={objective} />
        </>
      )}
      <p className="wrap-anywhere mt-auto text-faint text-xs">
        What to do: <code>{objective.runbook}</code>
      </p>
    </Card>
  )
}

function Budget({ objective, left, periodDays }: Props & { left: number }) {
  const share = Math.min(1, Math.max(0, left))
  const label = `Budget left of ${periodDays} days`
  return (
    <div>
      <div className="flex items-baseline justify-between gap-3">
        <span className="text-faint text-xs">{label}</span>
        <span className={cx('num font-semibold text-base', left > 0 ? 'text-ink' : 'text-loss')}>
          {leftText(left)}
        </span>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: browsers draw their own colours into a meter element */}
      <div
        role="meter"
        aria-label={`${label}: ${objective.title}`}
        aria-valuenow={Math.round(share * 100)}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuetext={leftText(left)}
        className="mt-1.5 h-1.5 overflow-hidden rounded-full bg-line-strong"
      >
        <div
          className={cx('h-full rounded-full', share < 0.25 ? 'bg-warn' : 'bg-accent')}
          style={{ width: `${share * 100}%` }}
        />
      </div>
      <dl className="mt-3 grid grid-cols-2 gap-x-4 gap-y-1 text-xs">
        <Pair name="Good in the last hour" value={goodShare(objective.goodNowRatio)} />
        <Pair name={`Good in ${periodDays} days`} value={goodShare(objective.goodRatio)} />
      </dl>
      <p className="num mt-1 text-faint text-xs">
        {count(objective.bad)} bad of {count(objective.total)} {objective.of}
      </p>
    </div>
  )
}

function Pair({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt className="text-faint">{name}</dt>
      <dd className="num mt-0.5 text-ink">{value}</dd>
    </div>
  )
}

function Curve({ objective, periodDays }: Props) {
  const points = objective.curve.map(point => ({ at: Date.parse(point.at), left: point.leftRatio }))
  const last = points.at(-1)
  if (last === undefined) return null
  return (
    <div>
      <BudgetCurve
        points={points}
        periodMs={periodDays * DAY_MS}
        label={`${objective.title}: what was left of the budget over ${periodDays} days`}
        className="h-14 w-full"
      />
      <div className="num mt-1 flex justify-between text-faint text-xs">
        <span>{dayShort(new Date(last.at - periodDays * DAY_MS))}</span>
        <span>now</span>
      </div>
    </div>
  )
}

function Burns({ objective }: { objective: Objective }) {
  return (
    <div>
      <p className="text-faint text-xs">Burn rate over</p>
      <dl className="mt-1 grid grid-cols-4 gap-px overflow-hidden rounded-lg border border-line bg-line text-center text-xs">
        {objective.burns.map(burn => (
          <div
            key={burn.hours}
            title={`1× spends the budget in the whole period; from ${burn.alarmAt}× on it is an alarm, if the newest part of it burns as well`}
            className="bg-surface px-1 py-1.5"
          >
            <dt className="text-faint">{windowText(burn.hours)}</dt>
            <dd
              className={cx(
                'num mt-0.5',
                (burn.rate ?? 0) > burn.alarmAt ? 'font-medium text-loss' : 'text-ink',
              )}
            >
              {burnText(burn.rate)}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  )
}
