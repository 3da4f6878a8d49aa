import { Check, CirclePause } from 'lucide-react'
import type { ReactNode } from 'react'
import type { PlanOffer } from '@/api/billing-queries'
import { Badge } from '@/ui/badge'
import { cx } from '@/ui/cx'

interface Props {
  offer: PlanOffer
  isOwn: boolean
  /** What can be done about it; nothing where plans are not sold. */
  action?: ReactNode
}

/** One plan beside the others; the desk's own is marked, and what a change would pause is said. */
export function PlanOfferCard({ offer, isOwn, action }: Props) {
  return (
    <li
      aria-current={isOwn || undefined}
      className={cx(
        'flex flex-col rounded-xl border p-5',
        isOwn ? 'border-accent/60 bg-accent-soft/50' : 'border-line bg-surface',
      )}
    >
      <h2 className="flex items-center justify-between font-semibold text-base text-ink">
        {offer.name} {isOwn && <Badge tone="accent">Yours</Badge>}
      </h2>
      <p className="num mt-2 font-semibold text-2xl tracking-tight">
        ${offer.priceUsdPerMonth}
        <span className="font-normal text-faint text-xs"> / month</span>
      </p>
      <ul className="mt-4 space-y-1.5 text-muted text-sm">
        {linesOf(offer).map(text => (
          <li key={text} className="flex items-start gap-2">
            <Check aria-hidden className="mt-0.5 size-3.5 shrink-0 text-profit" /> {text}
          </li>
        ))}
      </ul>
      {!isOwn && offer.pauses.length > 0 && (
        <p className="mt-4 flex items-start gap-2 text-warn text-xs">
          <CirclePause aria-hidden className="mt-px size-3.5 shrink-0" />
          Would pause {offer.pauses.map(item => item.name).join(', ')}
        </p>
      )}
      {action && <div className="mt-auto flex pt-5 [&>*]:w-full">{action}</div>}
    </li>
  )
}

/** What each EA gets of a machine: from the template that asks for least to that which asks for most. */
export function shareOf(offer: PlanOffer): string {
  const cpu = spanOf(offer.shares.map(share => Number(share.cpu.toFixed(2))))
  const memory = spanOf(offer.shares.map(share => share.memoryMb))
  if (!cpu || !memory) return 'for each EA'
  return `${cpu} ${cpu === '1' ? 'core' : 'cores'} and ${memory} MB for each EA`
}

function spanOf(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)]
  if (values.length === 0) return ''
  return least === most ? String(most) : `${least} to ${most}`
}

/** What a plan gives, in words. */
export function linesOf(offer: PlanOffer): string[] {
  return [
    `${offer.activeLimit} active ${offer.activeLimit === 1 ? 'EA' : 'EAs'} at once`,
    `${offer.instanceLimit} EA instances in all`,
    `${offer.resourceClass} machine share: ${shareOf(offer)}`,
    offer.templates.length > 0 ? offer.templates.join(', ') : 'No EAs yet',
  ]
}
