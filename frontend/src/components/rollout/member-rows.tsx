import { useState } from 'react'
import type { RolloutDetail, RolloutMember } from '@/api/operator-records'
import { Ago } from '@/components/moment'
import { LimitGauge } from '@/components/rollout/limit-gauge'
import { memberLook } from '@/components/rollout/words'
import { StateBadge } from '@/components/state-badge'
import { INSTANCE_STATES } from '@/components/states'
import { signedMoney } from '@/format/money'
import { Badge } from '@/ui/badge'
import { Button } from '@/ui/button'
import { cx } from '@/ui/cx'
import { Sparkline } from '@/ui/sparkline'

/** The EAs of a rollout: where each stands, and how far it is from each limit. */
export function MemberRows({ rollout }: { rollout: RolloutDetail }) {
  return (
    <ul className="divide-y divide-line border-line border-t">
      {rollout.members.map(row => (
        <MemberRow key={row.id} row={row} rollout={rollout} />
      ))}
    </ul>
  )
}

function MemberRow({ row, rollout }: { row: RolloutMember; rollout: RolloutDetail }) {
  const [isOpen, setOpen] = useState(false)
  const isWatched = row.movedAt !== null
  return (
    <li className="px-4 py-3">
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-56">
          <p className="flex flex-wrap items-center gap-2 font-medium text-ink text-sm">
            <span className="truncate">{row.name}</span>
            {row.isCanary ? <Badge tone="accent">Canary</Badge> : <Badge>Wave {row.wave}</Badge>}
            <StateBadge look={memberLook(row)} />
          </p>
          <p className="mt-1 truncate text-faint text-xs">
            {row.tenant} · {row.accountLabel} · {row.symbol}
          </p>
          <p className="num mt-1 text-muted text-xs">
            {row.movedAt && row.version !== row.beforeVersion
              ? `${row.beforeVersion} → ${row.version}`
              : row.version}{' '}
            · {INSTANCE_STATES[row.state].label.toLowerCase()}
            {row.heartbeatAt && (
              <>
                {' '}
                · heard <Ago at={row.heartbeatAt} />
              </>
            )}
          </p>
        </div>
        {isWatched && <Result row={row} />}
        <Button size="sm" variant="ghost" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          Inputs
        </Button>
      </div>
      {row.skipReason && <p className="mt-2 text-warn text-xs">{row.skipReason}</p>}
      {row.state === 'error' && row.statusText && <p className="mt-2 text-loss text-xs">{row.statusText}</p>}
      {isWatched && (
        <div className="mt-3 grid gap-x-6 gap-y-3 sm:grid-cols-3">
          <LimitGauge
            label="Loss since its move"
            value={row.lossPercent}
            limit={rollout.maxLossPercent}
            format={value => `${value.toFixed(2)}%`}
          />
          <LimitGauge label="Crashes" value={row.crashes} limit={rollout.maxCrashes} format={String} />
          <LimitGauge
            label="Late heartbeats"
            value={row.lateHeartbeats}
            limit={rollout.maxLateHeartbeats}
            format={String}
          />
        </div>
      )}
      {isOpen && <Inputs row={row} />}
    </li>
  )
}

function Result({ row }: { row: RolloutMember }) {
  return (
    <div className="flex w-full items-center gap-3 sm:w-56">
      <Sparkline
        label={`What ${row.name} made since its move`}
        values={row.curve.map(point => point.result)}
        className="h-8 min-w-0 flex-1"
      />
      <p
        className={cx(
          'num ml-auto shrink-0 text-right text-sm',
          (row.result ?? 0) < 0 ? 'text-loss' : 'text-ink',
        )}
      >
        {signedMoney(row.result, row.currency)}
        <span className="block text-faint text-xs">since its move</span>
      </p>
    </div>
  )
}

/** The inputs before and now, those that differ first. */
function Inputs({ row }: { row: RolloutMember }) {
  const names = [...new Set([...Object.keys(row.beforeInputs), ...Object.keys(row.inputs)])]
  const rows = names.map(name => ({ name, before: row.beforeInputs[name], now: row.inputs[name] }))
  const isChanged = (one: (typeof rows)[number]) => one.before !== one.now
  const sorted = [...rows.filter(isChanged), ...rows.filter(one => !isChanged(one))]
  return (
    <dl className="mt-3 grid gap-x-8 rounded-lg bg-raised px-3 py-2 text-xs sm:grid-cols-2">
      {sorted.map(one => (
        <div key={one.name} className="flex justify-between gap-3 py-1">
          <dt className="truncate text-muted">{one.name}</dt>
          <dd className={cx('num shrink-0', isChanged(one) ? 'text-ink' : 'text-faint')}>
            {isChanged(one) ? `${shown(one.before)} → ${shown(one.now)}` : shown(one.now)}
          </dd>
        </div>
      ))}
    </dl>
  )
}

const shown = (value: unknown): string => (value === undefined ? '—' : String(value))
