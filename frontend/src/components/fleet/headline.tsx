import { useQueries } from '@tanstack/react-query'
import { Link } from 'react-router'
import { accountEquity } from '@/api/queries'
import type { Account, Overview } from '@/api/records'
import { sumCurves, thin } from '@/components/fleet/curve'
import { money, signedMoney } from '@/format/money'
import { signedPercent } from '@/format/percent'
import { dayName } from '@/format/time'
import { cx } from '@/ui/cx'
import { DayBars } from '@/ui/day-bars'
import { Profit } from '@/ui/profit'
import { Sparkline } from '@/ui/sparkline'
import { Ticking } from '@/ui/ticking'

const CURVE_HOURS = 24
const CURVE_POINTS = 240
/** More accounts than this would mean as many requests; the curve is then left out. */
const MOST_CURVES = 12

interface Props {
  total: Overview
  accounts: readonly Account[]
}

/** One currency's fleet at a glance: equity now, its last day, the last days' results. */
export function Headline({ total, accounts }: Props) {
  return (
    <section
      aria-label={`Totals in ${total.currency}`}
      className="grid grid-cols-1 overflow-hidden rounded-xl border border-line bg-surface lg:grid-cols-[1.35fr_1fr]"
    >
      <div className="relative min-h-44 p-5">
        <p className="text-faint text-xs">Equity</p>
        <p className="mt-1 font-semibold text-3xl text-ink tracking-tight">
          <Ticking value={total.equity} text={money(total.equity, total.currency)} />
        </p>
        <p className="mt-1 flex flex-wrap items-baseline gap-x-3 gap-y-1 text-sm">
          <Profit value={total.dayProfit} currency={total.currency} hasArrow className="font-medium" />
          <span className="num text-faint">{dayShare(total)} today</span>
        </p>
        <FleetCurve accounts={accounts} currency={total.currency} />
      </div>
      <div className="border-line border-t p-5 lg:border-t-0 lg:border-l">
        <LastDays total={total} />
      </div>
      <Counts total={total} />
    </section>
  )
}

function FleetCurve({ accounts, currency }: { accounts: readonly Account[]; currency: string }) {
  const own = accounts.filter(account => account.currency === currency)
  const curves = useQueries({
    queries: own.length <= MOST_CURVES ? own.map(account => accountEquity(account.id, CURVE_HOURS)) : [],
    combine: results => results.map(result => result.data ?? []),
  })
  const values = thin(sumCurves(curves), CURVE_POINTS)
  return (
    <div className="pointer-events-none mt-4 h-20">
      <Sparkline values={values} label="Equity over the last 24 hours" className="h-full w-full" />
      {values.length > 1 && <span className="absolute right-5 top-5 text-faint text-xs">Last 24 h</span>}
    </div>
  )
}

function LastDays({ total }: { total: Overview }) {
  const sum = total.days.reduce((all, day) => all + day.netProfit, 0)
  const first = total.days[0]
  const last = total.days.at(-1)
  return (
    <>
      <p className="flex items-baseline justify-between text-faint text-xs">
        <span>Closed results, last {total.days.length} days</span>
        <Profit value={sum} currency={total.currency} className="font-semibold text-sm" />
      </p>
      <DayBars days={total.days} currency={total.currency} className="mt-4 h-28" />
      <p className="mt-1.5 flex justify-between text-2xs text-faint">
        <span>{first && dayName(first.day)}</span>
        <span>{last && dayName(last.day)}</span>
      </p>
    </>
  )
}

function Counts({ total }: { total: Overview }) {
  const floating = total.equity - total.balance
  const counts = [
    {
      label: 'Floating',
      text: signedMoney(floating, total.currency),
      to: '/journal?state=open',
      isBad: false,
    },
    { label: 'Open positions', text: String(total.openPositions), to: '/journal?state=open', isBad: false },
    { label: 'Running', text: String(total.running), to: '/?state=running', isBad: false },
    { label: 'Paused', text: String(total.paused), to: '/?state=paused', isBad: false },
    { label: 'Failing', text: String(total.failing), to: '/?state=error', isBad: total.failing > 0 },
  ]
  return (
    <ul className="grid grid-cols-2 gap-px border-line border-t bg-line sm:grid-cols-5 lg:col-span-2">
      {counts.map(count => (
        <li key={count.label} className="bg-surface max-sm:last:col-span-2">
          <Link
            to={count.to}
            className="flex items-baseline justify-between gap-2 px-5 py-3 outline-offset-[-3px] transition-colors hover:bg-hover"
          >
            <span className="text-faint text-xs">{count.label}</span>
            <span className={cx('num font-semibold text-ink text-sm', count.isBad && 'text-loss')}>
              {count.text}
            </span>
          </Link>
        </li>
      ))}
    </ul>
  )
}

function dayShare(total: Overview): string {
  const before = total.equity - total.dayProfit
  return before > 0 ? signedPercent(total.dayProfit / before) : ''
}
