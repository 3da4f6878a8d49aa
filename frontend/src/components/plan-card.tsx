import { Check } from 'lucide-react'
import type { Plan } from '@/api/records'
import { Badge } from '@/ui/badge'
import { cx } from '@/ui/cx'

/** One plan beside the others; the tenant's own is marked. */
export function PlanCard({ plan, isOwn }: { plan: Plan; isOwn: boolean }) {
  return (
    <li
      aria-current={isOwn || undefined}
      className={cx('rounded-xl border p-4', isOwn ? 'border-accent/60 bg-accent-soft/50' : 'border-line')}
    >
      <p className="flex items-center justify-between font-semibold text-sm">
        {plan.name} {isOwn && <Badge tone="accent">Yours</Badge>}
      </p>
      <p className="num mt-2 font-semibold text-xl tracking-tight">
        ${plan.priceUsdPerMonth}
        <span className="font-normal text-faint text-xs"> / month</span>
      </p>
      <ul className="mt-3 space-y-1 text-muted text-sm">
        {[`${plan.instanceLimit} EA instances`, `${plan.activeLimit} active at once`].map(text => (
          <li key={text} className="flex items-center gap-2">
            <Check aria-hidden className="size-3.5 text-profit" /> {text}
          </li>
        ))}
      </ul>
    </li>
  )
}
